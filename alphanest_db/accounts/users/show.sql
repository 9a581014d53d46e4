-- One user with the newest subscription, the booth, and counts; the last activity is the latest time that any row tells.
SELECT users.id, users.username, users.email, users.is_active, users.avatar, users.stripe_customer_id,
       users.created_at, users.updated_at,
       users.api_key, coalesce(users.is_active, false) AND users.hashed_password ~ '^\$(2[abxy]|bcrypt-sha256)\$',
       subscribed.id, subscribed.status, subscribed.plan_type, subscribed.next_billing_date, subscribed.stripe_subscription_id,
       booth.id, booth.theme, booth.layout, booth.bio, booth.active_listings, booth.items_sold, booth.total_views,
       subscriptions.count, items.count, traded.count, traded.latest,
       greatest(users.created_at, users.updated_at, subscriptions.latest, booth.created_at, booth.updated_at,
                items.latest, traded.latest)
FROM users
LEFT JOIN market_booths AS booth ON booth.user_id = users.id
LEFT JOIN LATERAL (
    SELECT id, status, plan_type, next_billing_date, stripe_subscription_id
    FROM subscriptions
    WHERE subscriptions.user_id = users.id
    ORDER BY coalesce(subscriptions.created_at, '-infinity') DESC, subscriptions.id DESC
    LIMIT 1
) AS subscribed ON true
CROSS JOIN LATERAL (
    SELECT count(*), max(greatest(created_at, updated_at)) AS latest
    FROM subscriptions WHERE subscriptions.user_id = users.id
) AS subscriptions
CROSS JOIN LATERAL (
    SELECT count(*), pg_catalog.to_timestamp(
               max(created_at) FILTER (WHERE created_at BETWEEN 0 AND 253402300799000) / 1000.0) AS latest
    FROM nft_items WHERE nft_items.owner_id = users.id
) AS items
CROSS JOIN LATERAL (
    SELECT count(*), max("timestamp") AS latest FROM trades WHERE trades.user_id = users.id
) AS traded
WHERE users.id = %(id)s
