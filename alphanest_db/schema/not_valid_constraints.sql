-- CHECK constraints of the current schemas' tables that were never validated.
SELECT n.nspname, t.relname, c.conname, pg_catalog.pg_get_expr(c.conbin, c.conrelid)
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'c' AND NOT c.convalidated AND n.nspname = ANY (pg_catalog.current_schemas(false))
ORDER BY n.nspname, t.relname, c.conname
