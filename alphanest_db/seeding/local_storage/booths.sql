-- What becomes of the booths of the file: each user has one, and the newest record of it counts.
WITH best AS (
    SELECT place, first_value(place) OVER (PARTITION BY target_id ORDER BY known_at DESC NULLS LAST, place) AS first
    FROM import_booths WHERE outcome IS NULL
), compared AS (
    SELECT best.place, kept.path, concat_ws(', ',
               CASE WHEN given.bio IS DISTINCT FROM kept.bio THEN 'bio' END, CASE WHEN given.theme <> kept.theme THEN 'theme' END,
               CASE WHEN given.layout <> kept.layout THEN 'layout' END,
               CASE WHEN (given.popularity, given.reputation, given.total_sales, given.total_volume, given.items_sold, given.total_views)
                    <> (kept.popularity, kept.reputation, kept.total_sales, kept.total_volume, kept.items_sold, kept.total_views)
                    THEN 'stats' END) AS differences
    FROM best JOIN import_booths AS given ON given.place = best.place JOIN import_booths AS kept ON kept.place = best.first
    WHERE best.first <> best.place
)
UPDATE import_booths AS given
SET outcome = CASE WHEN differences = '' THEN 'unchanged' ELSE 'skipped' END,
    reason = CASE WHEN differences = '' THEN 'the same booth again'
             ELSE 'another record of the same booth counts, which differs in ' || differences END,
    other = compared.path
FROM compared
WHERE compared.place = given.place;

WITH compared AS (
    SELECT given.place, fresh.user_id IS NOT NULL AS is_new,
           there.updated_at IS NULL OR given.known_at > there.updated_at AS is_newer, concat_ws(', ',
               CASE WHEN coalesce(given.bio, there.bio) IS DISTINCT FROM there.bio THEN 'bio' END,
               CASE WHEN given.theme IS DISTINCT FROM there.theme THEN 'theme' END,
               CASE WHEN given.layout IS DISTINCT FROM there.layout THEN 'layout' END,
               CASE WHEN (given.popularity, given.reputation, given.total_sales, given.total_volume, given.items_sold, given.total_views)
                    IS DISTINCT FROM
                    (there.popularity, there.reputation, there.total_sales, there.total_volume, there.items_sold, there.total_views)
                    THEN 'stats' END) AS differences
    FROM import_booths AS given
    JOIN market_booths AS there ON there.user_id = given.target_id
    LEFT JOIN import_new_booths AS fresh ON fresh.user_id = given.target_id
    WHERE given.outcome IS NULL
)
UPDATE import_booths AS given
SET outcome = CASE WHEN is_new THEN 'inserted' WHEN differences = '' THEN 'unchanged' WHEN is_newer THEN 'changed'
              ELSE 'skipped' END,
    reason = CASE WHEN NOT is_new AND NOT coalesce(is_newer, false) AND differences <> ''
             THEN 'what is there is not older, and differs in ' || differences END
FROM compared
WHERE compared.place = given.place;

UPDATE market_booths AS there
SET bio = coalesce(given.bio, there.bio), theme = given.theme, layout = given.layout, popularity = given.popularity,
    reputation = given.reputation, total_sales = given.total_sales, total_volume = given.total_volume,
    items_sold = given.items_sold, total_views = given.total_views,
    created_at = coalesce(least(given.created_at, there.created_at), now()),
    updated_at = greatest(given.known_at, coalesce(least(given.created_at, there.created_at), now()))
FROM import_booths AS given
WHERE given.outcome IN ('inserted', 'changed') AND there.user_id = given.target_id;

-- The bio of a user goes to the booth where that has none but the greeting that it was registered with.
WITH moved AS (
    UPDATE market_booths AS there
    SET bio = given.bio
    FROM import_users AS given JOIN users ON users.id = given.target_id
    WHERE there.user_id = given.target_id AND given.outcome IN ('inserted', 'changed', 'unchanged') AND given.bio IS NOT NULL
      AND (coalesce(there.bio, '') = '' OR there.bio = 'Welcome to ' || users.username || '''s booth!' AND there.bio <> given.bio)
    RETURNING given.place
)
UPDATE import_users AS given
SET uses_bio = true, outcome = CASE WHEN outcome = 'unchanged' THEN 'changed' ELSE outcome END
FROM moved WHERE moved.place = given.place;

UPDATE import_users AS given
SET uses_bio = true
FROM market_booths AS there
WHERE there.user_id = given.target_id AND there.bio = given.bio
