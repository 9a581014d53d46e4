-- Materialized views in the order in which they were made, and whether they hold what their query says.
SELECT n.nspname, c.relname, c.relispopulated
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'm'
ORDER BY c.oid
