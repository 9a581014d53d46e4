-- Constraints other than foreign keys that were never validated, or that are not enforced; each once, not for every partition.
SELECT coalesce(c.conrelid::pg_catalog.regclass::text, '') AS table_shown,
       n.nspname AS schema,
       coalesce(t.relname, ty.typname) AS owner,
       c.conrelid = 0 AS is_of_domain,
       c.conname AS name,
       coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true) AS is_enforced,
       pg_catalog.pg_get_constraintdef(c.oid) AS definition
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
LEFT JOIN pg_catalog.pg_type AS ty ON ty.oid = c.contypid
WHERE NOT c.convalidated
  AND c.contype IN ('c', 'n')
  AND c.conislocal IS DISTINCT FROM false
  AND NOT coalesce(t.relispartition AND c.coninhcount > 0, false)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
ORDER BY n.nspname, owner, c.conname
