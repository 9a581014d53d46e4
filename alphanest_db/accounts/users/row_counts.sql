-- The rows that go with a user: those that name the user, and items in the user's booth, whoever owns them.
WITH booths AS MATERIALIZED (
    SELECT id FROM market_booths WHERE user_id = %(id)s
), items AS MATERIALIZED (
    SELECT owner_id FROM nft_items WHERE owner_id = %(id)s
    UNION ALL
    SELECT owner_id FROM nft_items WHERE booth_id IN (SELECT id FROM booths) AND owner_id <> %(id)s
)
SELECT (SELECT count(*) FROM subscriptions WHERE user_id = %(id)s),
       (SELECT count(*) FROM trades WHERE user_id = %(id)s),
       (SELECT count(*) FROM booths),
       (SELECT count(*) FROM items),
       (SELECT count(*) FROM items WHERE owner_id <> %(id)s),
       (SELECT count(*) FROM nft_items WHERE creator_id = %(id)s AND owner_id <> %(id)s
                                         AND booth_id NOT IN (SELECT id FROM booths))
