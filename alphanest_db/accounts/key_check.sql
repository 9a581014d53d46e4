-- Who has a key, given in both forms in which it can be stored.
SELECT id, username, email, coalesce(is_active, false), api_key
FROM users
WHERE api_key IN (%(hashed)s, %(plain)s)
ORDER BY id
