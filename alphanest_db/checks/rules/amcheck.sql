-- What amcheck can look at: heap tables with their TOAST, and B-tree indexes; the extension's schema with each.
SELECT e.nspname AS extension_schema,
       c.oid::bigint AS oid,
       c.oid::pg_catalog.regclass::text AS shown,
       c.relkind IN ('i', 'I') AS is_index,
       coalesce(i.indrelid, c.oid)::pg_catalog.regclass::text AS table_shown
FROM (
    SELECT n.nspname
    FROM pg_catalog.pg_extension AS x
    JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
    WHERE x.extname = 'amcheck'
) AS e
CROSS JOIN pg_catalog.pg_class AS c
JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
WHERE ((c.relkind IN ('r', 'm') AND am.amname = 'heap') OR (c.relkind = 'i' AND am.amname = 'btree' AND i.indisvalid AND i.indisready))
  AND (c.relpersistence = 'p' OR (c.relpersistence = 'u' AND NOT pg_catalog.pg_is_in_recovery()))
ORDER BY c.relpages DESC, c.oid
