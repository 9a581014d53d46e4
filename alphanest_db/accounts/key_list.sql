-- Who holds an API key, in which form it is stored, and its first characters; the keys themselves stay in the server.
SELECT CASE WHEN form <> 'other' THEN pg_catalog.left(api_key, 7) END, id, username, email, form, coalesce(is_active, false)
FROM users,
     LATERAL (SELECT CASE WHEN api_key ~ '^ak_[A-Za-z0-9]{4}\.[0-9a-f]{64}$' THEN 'hashed'
                          WHEN api_key ~ '^ak_[A-Za-z0-9]{32}$' THEN 'plain'
                          ELSE 'other' END AS form) AS stored
WHERE api_key IS NOT NULL
  AND (%(where)s IS DISTINCT FROM 'inactive' OR is_active IS NOT TRUE)
  AND (%(where)s IS DISTINCT FROM 'plain' OR form = 'plain')
ORDER BY id
