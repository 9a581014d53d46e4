-- Rows to be imported whose username or e-mail a user has already, without regard to case.
WITH given AS MATERIALIZED (
    SELECT place - 1 AS place, lower(username {fold}) AS username, lower(email {fold}) AS email
    FROM ROWS FROM (
        pg_catalog.json_array_elements_text(%(username)s), pg_catalog.json_array_elements_text(%(email)s)
    ) WITH ORDINALITY AS rows (username, email, place)
)
SELECT given.place, 'username', min(users.id)
FROM given JOIN users ON lower(users.username {fold}) = given.username
GROUP BY given.place
UNION ALL
SELECT given.place, 'email', min(users.id)
FROM given JOIN users ON lower(users.email {fold}) = given.email
GROUP BY given.place
ORDER BY 1, 2 DESC
