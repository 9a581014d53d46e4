-- Tables whose own rows pg_dump writes: ordinary ones and partitions, the largest first; extensions' tables left out.
SELECT n.nspname,
       c.relname,
       coalesce(pg_catalog.pg_table_size(c.oid), 0),
       ARRAY(
           SELECT ARRAY[above_schema.nspname::text, above.relname::text]
           FROM pg_catalog.pg_partition_ancestors(c.oid) AS ancestor
           JOIN pg_catalog.pg_class AS above ON above.oid = ancestor.relid
           JOIN pg_catalog.pg_namespace AS above_schema ON above_schema.oid = above.relnamespace
           WHERE above.oid <> c.oid
       )
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY 3 DESC, n.nspname, c.relname
