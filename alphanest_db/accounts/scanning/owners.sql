-- Who has one of these keys, given in both forms in which they can be stored.
SELECT id, username, email, coalesce(is_active, false), api_key
FROM users
WHERE api_key = ANY(%(forms)s)
