-- CHECK constraints of tables that were never validated, each once, not for every partition.
SELECT n.nspname, t.relname, c.conname
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE NOT c.convalidated
  AND c.contype = 'c'
  AND c.conislocal
  AND coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true)
  AND NOT coalesce(t.relispartition AND c.coninhcount > 0, false)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
ORDER BY n.nspname, t.relname, c.conname
