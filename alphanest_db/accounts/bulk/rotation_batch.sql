-- The next users whose keys are to be replaced, after one id, with their rows locked.
SELECT id, username, email
FROM users
WHERE api_key IS NOT NULL
  AND (%(where)s IS DISTINCT FROM 'inactive' OR is_active IS NOT TRUE)
  AND (%(where)s IS DISTINCT FROM 'plain' OR api_key ~ '^ak_[A-Za-z0-9]{32}$')
  AND (%(after)s IS NULL OR id > %(after)s)
ORDER BY id
LIMIT %(rows)s
FOR UPDATE
