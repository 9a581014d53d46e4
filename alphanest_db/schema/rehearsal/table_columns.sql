-- Tables outside the system's schemas with the columns that hold something of their own, by name; partitions are in their parent.
SELECT n.nspname, c.relname,
       coalesce(pg_catalog.array_agg(a.attname::text ORDER BY a.attname) FILTER (WHERE a.attname IS NOT NULL), '{}'),
       c.relkind = 'p'
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND c.relname <> 'alembic_version'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
  AND n.nspname !~ '^pg_(toast|temp)'
GROUP BY n.nspname, c.relname, c.relkind
ORDER BY n.nspname, c.relname
