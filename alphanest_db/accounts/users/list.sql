-- Users with their newest subscription and the number of their trades and items, which are counted for those on the page alone.
WITH page AS MATERIALIZED (
    SELECT id, username, email, is_active, avatar, created_at
    FROM users
    WHERE {conditions}
    ORDER BY {order}
    LIMIT %(limit)s
)
SELECT id, username, email, is_active, avatar, created_at, subscribed.status, subscribed.plan_type,
       coalesce(traded.trades, 0), coalesce(owned.items, 0)
FROM page
LEFT JOIN (
    SELECT DISTINCT ON (user_id) user_id, status, plan_type
    FROM subscriptions
    WHERE user_id IN (SELECT page.id FROM page)
    ORDER BY user_id, coalesce(subscriptions.created_at, '-infinity') DESC, subscriptions.id DESC
) AS subscribed ON subscribed.user_id = page.id
LEFT JOIN (
    SELECT user_id, count(*) AS trades FROM trades WHERE user_id IN (SELECT page.id FROM page) GROUP BY user_id
) AS traded ON traded.user_id = page.id
LEFT JOIN (
    SELECT owner_id, count(*) AS items FROM nft_items WHERE owner_id IN (SELECT page.id FROM page) GROUP BY owner_id
) AS owned ON owned.owner_id = page.id
ORDER BY {order}
