-- Sequences that give a column its values: serial, identity, or named in its default.
SELECT DISTINCT sn.nspname AS schema,
       sc.relname AS name,
       d.seqrelid::pg_catalog.regclass::text AS shown,
       n.nspname AS table_schema,
       t.relname AS table_name,
       t.oid::pg_catalog.regclass::text AS table_shown,
       a.attname AS column_name,
       d.seqincrement AS increment
FROM (
    SELECT s.seqrelid, s.seqincrement, s.seqcycle, dep.refobjid AS table_oid, dep.refobjsubid AS attnum
    FROM pg_catalog.pg_sequence AS s
    JOIN pg_catalog.pg_depend AS dep ON dep.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.objid = s.seqrelid
         AND dep.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.deptype IN ('a', 'i')
    UNION
    SELECT s.seqrelid, s.seqincrement, s.seqcycle, def.adrelid, def.adnum
    FROM pg_catalog.pg_sequence AS s
    JOIN pg_catalog.pg_depend AS dep ON dep.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.refobjid = s.seqrelid
         AND dep.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
    JOIN pg_catalog.pg_attrdef AS def ON def.oid = dep.objid
) AS d
JOIN pg_catalog.pg_class AS sc ON sc.oid = d.seqrelid
JOIN pg_catalog.pg_namespace AS sn ON sn.oid = sc.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = d.table_oid AND NOT t.relispartition AND t.relkind IN ('r', 'p')
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.attnum
WHERE NOT d.seqcycle
  AND a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, 'pg_catalog.int8'::pg_catalog.regtype)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
ORDER BY 1, 2, 4, 5
