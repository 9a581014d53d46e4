-- Tables outside the system's schemas with their sizes on the disk, and the columns that say when a row came or was changed.
SELECT n.nspname, c.relname,
       (SELECT coalesce(sum(pg_catalog.pg_total_relation_size(t.relid)), pg_catalog.pg_total_relation_size(c.oid))::bigint
        FROM pg_catalog.pg_partition_tree(c.oid) AS t),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND a.atttypid = 'timestamptz'::pg_catalog.regtype AND a.attname = ANY (%(columns)s)
             ORDER BY a.attnum)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
