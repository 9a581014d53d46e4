-- The row of a demo user, and rows of others that have its name or address.
SELECT u.id, u.hashed_password, u.api_key
FROM users AS u
WHERE u.id = %(id)s OR pg_catalog.lower(u.username) = %(username)s OR pg_catalog.lower(u.email) = %(email)s
