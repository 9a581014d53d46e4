-- Columns of tables with what the models say of theirs: NULLs, length, the conditions on them alone, the labels of an enum.
SELECT a.attrelid::pg_catalog.regclass::text AS table_shown,
       a.attname AS column_name,
       NOT a.attnotnull AS nullable,
       CASE WHEN a.atttypid = 'pg_catalog.varchar'::pg_catalog.regtype AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS length,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       (SELECT ty.typtype = 'e' FROM pg_catalog.pg_type AS ty WHERE ty.oid = a.atttypid) AS is_enum,
       ARRAY(
           SELECT pg_catalog.pg_get_constraintdef(c.oid)
           FROM pg_catalog.pg_constraint AS c
           WHERE c.conrelid = a.attrelid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]
           ORDER BY c.conname
       ) AS conditions,
       ARRAY(
           SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder
       ) AS labels
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p')
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, a.attnum
