-- Whether one of these users is there now.
SELECT EXISTS (SELECT FROM users WHERE id = ANY(%(ids)s))
