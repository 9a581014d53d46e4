-- Every column of every table outside the system's schemas, with the table's parent where it is a partition; a table without columns once.
SELECT c.oid, coalesce(a.attnum, 0), n.nspname, c.relname, coalesce(a.attname::text, ''),
       coalesce(pg_catalog.format_type(a.atttypid, a.atttypmod), ''), coalesce(a.attgenerated::text, '') <> '',
       CASE WHEN c.relispartition THEN (SELECT i.inhparent FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid LIMIT 1) END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p')
  AND c.relname <> 'alembic_version'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
  AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY n.nspname, c.relname, a.attnum
