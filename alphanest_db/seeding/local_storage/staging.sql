-- Temporary tables of this session, into which the records of one file go before they are compared with what is there.
CREATE TEMPORARY TABLE import_users (
    place bigint, path text, at text, source_id text, id text, username text, email text, avatar text, bio text,
    created_at timestamptz, known_at timestamptz, leftover text, record text,
    is_unknown boolean DEFAULT false, target_id text, outcome text, reason text, other text, uses_bio boolean DEFAULT false,
    waits boolean DEFAULT false
);
CREATE TEMPORARY TABLE import_booths (
    place bigint, path text, at text, user_id text, username text, avatar text, bio text, theme text, layout text,
    popularity integer, reputation integer, total_sales integer, total_volume double precision, items_sold integer,
    active_listings integer, total_views integer, created_at timestamptz, known_at timestamptz, leftover text, record text,
    target_id text, outcome text, reason text, other text, disagreement text, waits boolean DEFAULT false
);
CREATE TEMPORARY TABLE import_items (
    place bigint, path text, at text, id text, name text, description text, image_url text, price double precision, rarity text,
    creator_id text, creator text, owner_id text, listed_by text, featured boolean, views integer,
    favorites integer, sales integer, attributes text, history text, created_at bigint, known_at bigint,
    updated_at bigint, leftover text,
    record text, owner text, maker text, outcome text, reason text, other text, disagreement text,
    waits boolean DEFAULT false
);
-- Users of the file who were rejected before they could be staged.
CREATE TEMPORARY TABLE import_refused (id text);
-- Users of the file who did not come in, and what becomes of what is theirs.
CREATE TEMPORARY TABLE import_absent (id text, outcome text);
-- Whoever the users of the file are in the database.
CREATE TEMPORARY TABLE import_people (id text, target_id text);
-- Users whose booth was made by this file.
CREATE TEMPORARY TABLE import_new_booths (user_id text);
-- Booths that items of the file have left.
CREATE TEMPORARY TABLE import_left_booths (booth_id text)
