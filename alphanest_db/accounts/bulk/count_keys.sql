-- How many keys there are of a kind.
SELECT count(*)
FROM users
WHERE api_key IS NOT NULL
  AND (%(where)s IS DISTINCT FROM 'inactive' OR is_active IS NOT TRUE)
  AND (%(where)s IS DISTINCT FROM 'plain' OR api_key ~ '^ak_[A-Za-z0-9]{32}$')
