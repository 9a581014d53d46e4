-- Collations in use whose library is another one now than when they were recorded: the database's own, then those of columns and indexes.
SELECT 'database' AS kind,
       NULL AS schema,
       d.datname AS name,
       d.datcollversion AS recorded,
       pg_catalog.pg_database_collation_actual_version(d.oid) AS actual
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
  AND d.datcollversion IS NOT NULL
  AND d.datcollversion IS DISTINCT FROM pg_catalog.pg_database_collation_actual_version(d.oid)
UNION ALL
SELECT 'collation', n.nspname, c.collname, c.collversion, pg_catalog.pg_collation_actual_version(c.oid)
FROM pg_catalog.pg_collation AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.collversion IS NOT NULL
  AND c.collversion IS DISTINCT FROM pg_catalog.pg_collation_actual_version(c.oid)
  AND EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.refobjid = c.oid
        AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  )
ORDER BY 1 DESC, 2, 3
