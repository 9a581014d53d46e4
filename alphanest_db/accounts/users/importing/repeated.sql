-- Rows to be imported whose username or e-mail an earlier row has already, without regard to case.
WITH given AS MATERIALIZED (
    SELECT place, lower(username {fold}) AS username, lower(email {fold}) AS email
    FROM unnest(%(places)s::integer[], %(usernames)s::text[], %(emails)s::text[]) AS rows (place, username, email)
)
SELECT place, 'username', earliest
FROM (SELECT place, min(place) OVER (PARTITION BY username) AS earliest FROM given) AS same
WHERE place <> earliest
UNION ALL
SELECT place, 'email', earliest
FROM (SELECT place, min(place) OVER (PARTITION BY email) AS earliest FROM given) AS same
WHERE place <> earliest
ORDER BY 1, 2 DESC
