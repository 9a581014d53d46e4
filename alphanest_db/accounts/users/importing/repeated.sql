-- Rows to be imported whose username or e-mail an earlier row has already, without regard to case.
WITH given AS MATERIALIZED (
    SELECT place - 1 AS place, lower(username {fold}) AS username, lower(email {fold}) AS email
    FROM ROWS FROM (
        pg_catalog.json_array_elements_text(%(username)s), pg_catalog.json_array_elements_text(%(email)s)
    ) WITH ORDINALITY AS rows (username, email, place)
)
SELECT place, 'username', earliest
FROM (SELECT place, min(place) OVER (PARTITION BY username) AS earliest FROM given) AS same
WHERE place <> earliest
UNION ALL
SELECT place, 'email', earliest
FROM (SELECT place, min(place) OVER (PARTITION BY email) AS earliest FROM given) AS same
WHERE place <> earliest
ORDER BY 1, 2 DESC
