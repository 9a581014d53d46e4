-- What the current role could not dump whole: where it may not read, and where row-level security would hide rows from it.
SELECT n.nspname, c.relname, pg_catalog.row_security_active(c.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'S')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND (
      NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      OR c.relkind = 'S' AND NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
      OR c.relkind <> 'S' AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
      OR c.relkind <> 'S' AND pg_catalog.row_security_active(c.oid)
  )
ORDER BY n.nspname, c.relname
