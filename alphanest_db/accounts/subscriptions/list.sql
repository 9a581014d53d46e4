-- Subscriptions by the day of their next bill, with the names of their users, which are looked up for the page alone.
WITH page AS MATERIALIZED (
    SELECT id, user_id, status, plan_type, next_billing_date, stripe_subscription_id, created_at
    FROM subscriptions
    WHERE {conditions}
    ORDER BY greatest(least(next_billing_date, %(last_time)s), %(first_time)s), id
    LIMIT %(limit)s
)
SELECT page.id, page.user_id, users.username, users.email, page.status, page.plan_type, page.next_billing_date,
       page.stripe_subscription_id, page.created_at
FROM page
JOIN users ON users.id = page.user_id
ORDER BY greatest(least(page.next_billing_date, %(last_time)s), %(first_time)s), page.id
