-- Every trial and active subscription that was due before a moment expires.
UPDATE subscriptions
SET status = 'expired', updated_at = pg_catalog.now()
WHERE status IN ('trial', 'active') AND next_billing_date < %(as_of)s
