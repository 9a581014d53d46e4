-- All rows about a user as JSON, in the order of the document: the user, subscriptions, trades, booth, items.
SELECT place, row::text
FROM (
    SELECT 0 AS place, ''::text AS sorted, pg_catalog.row_to_json(users) AS row FROM users WHERE id = %(id)s
    UNION ALL
    SELECT 1, id, pg_catalog.row_to_json(subscriptions) FROM subscriptions WHERE user_id = %(id)s
    UNION ALL
    SELECT 2, id, pg_catalog.row_to_json(trades) FROM trades WHERE user_id = %(id)s
    UNION ALL
    SELECT 3, id, pg_catalog.row_to_json(market_booths) FROM market_booths WHERE user_id = %(id)s
    UNION ALL
    SELECT 4, id, pg_catalog.row_to_json(nft_items)
    FROM nft_items
    WHERE owner_id = %(id)s OR creator_id = %(id)s
       OR booth_id IN (SELECT market_booths.id FROM market_booths WHERE market_booths.user_id = %(id)s)
) AS found
ORDER BY place, sorted
