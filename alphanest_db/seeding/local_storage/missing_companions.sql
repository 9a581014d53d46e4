-- Users of the file, or named by it, who are there and lack a subscription or a booth.
SELECT users.id, users.username, users.email, coalesce(users.avatar, ''),
       NOT EXISTS (SELECT FROM subscriptions WHERE user_id = users.id) AS lacks_subscription,
       NOT EXISTS (SELECT FROM market_booths WHERE user_id = users.id) AS lacks_booth
FROM users
WHERE users.id IN (
        SELECT target_id FROM import_people UNION SELECT target_id FROM import_booths UNION SELECT owner FROM import_items)
  AND (NOT EXISTS (SELECT FROM subscriptions WHERE user_id = users.id)
       OR NOT EXISTS (SELECT FROM market_booths WHERE user_id = users.id))
