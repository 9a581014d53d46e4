-- The subscriptions that would expire, by kind.
SELECT status, plan_type, count(*), min(next_billing_date)
FROM subscriptions
WHERE status IN ('trial', 'active') AND next_billing_date < %(as_of)s
GROUP BY status, plan_type
ORDER BY status, plan_type
