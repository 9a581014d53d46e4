-- Indexes that PostgreSQL does not use because their build did not finish, and whether somebody builds them at this moment.
SELECT n.nspname, t.relname, c.relname, pg_catalog.format('%%I.%%I', n.nspname, c.relname),
       pg_catalog.pg_get_indexdef(i.indexrelid),
       EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid)
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid
  AND c.relkind = 'i'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', %(admin_schema)s)
  AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY n.nspname, t.relname, c.relname
