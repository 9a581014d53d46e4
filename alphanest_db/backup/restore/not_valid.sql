-- Constraints outside the system's schemas that were added NOT VALID and never validated.
SELECT n.nspname || '.' || t.relname, c.conname
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE NOT c.convalidated
  AND coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2
