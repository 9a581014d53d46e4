-- The newest subscription of a user, locked.
SELECT id, status, plan_type, next_billing_date, stripe_subscription_id
FROM subscriptions
WHERE user_id = %(user_id)s
ORDER BY coalesce(created_at, '-infinity') DESC, id DESC
LIMIT 1
FOR UPDATE
