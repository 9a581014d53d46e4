-- Rows to be imported whose username or e-mail an earlier row has already, without regard to case.
WITH given AS MATERIALIZED (
    SELECT line, lower(username {fold}) AS username, lower(email {fold}) AS email
    FROM unnest(%(lines)s::integer[], %(usernames)s::text[], %(emails)s::text[]) AS rows (line, username, email)
)
SELECT line, 'username', 'is that of line ' || earliest
FROM (SELECT line, min(line) OVER (PARTITION BY username) AS earliest FROM given) AS same
WHERE line <> earliest
UNION ALL
SELECT line, 'email', 'is that of line ' || earliest
FROM (SELECT line, min(line) OVER (PARTITION BY email) AS earliest FROM given) AS same
WHERE line <> earliest
ORDER BY 1, 2 DESC
