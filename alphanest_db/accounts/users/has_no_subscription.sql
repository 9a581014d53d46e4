-- A condition on a user: there is no subscription.
NOT EXISTS (SELECT FROM subscriptions WHERE subscriptions.user_id = users.id)
