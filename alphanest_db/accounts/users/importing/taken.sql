-- Rows to be imported whose username or e-mail a user has already, without regard to case.
WITH given AS MATERIALIZED (
    SELECT line, lower(username {fold}) AS username, lower(email {fold}) AS email
    FROM unnest(%(lines)s::integer[], %(usernames)s::text[], %(emails)s::text[]) AS rows (line, username, email)
)
SELECT given.line, 'username', 'is that of user ' || min(users.id)
FROM given JOIN users ON lower(users.username {fold}) = given.username
GROUP BY given.line
UNION ALL
SELECT given.line, 'email', 'is that of user ' || min(users.id)
FROM given JOIN users ON lower(users.email {fold}) = given.email
GROUP BY given.line
ORDER BY 1, 2 DESC
