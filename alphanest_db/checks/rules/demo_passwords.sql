-- Users with the hashes of their passwords: accounts of the demo data first, then those that are as old.
SELECT u.id, u.username, u.hashed_password AS hash, lower(u.username) = ANY (%(names)s) AS is_demo
FROM users AS u
WHERE NOT starts_with(u.hashed_password, '!')
ORDER BY is_demo DESC, u.created_at NULLS FIRST, u.id
LIMIT %(most)s
