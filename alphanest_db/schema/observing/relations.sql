-- Every relation outside the system's schemas: name, kind, file, the table of an index, and how often it was read as a whole.
SELECT c.oid, n.nspname, c.relname, c.relkind::text, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
       coalesce(i.indrelid, 0),
       pg_catalog.pg_stat_get_numscans(c.oid) + pg_catalog.pg_stat_get_xact_numscans(c.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f', 'i', 'I')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND c.relname NOT IN ('alembic_version', 'alembic_version_pkc')
