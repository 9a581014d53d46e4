-- What the declaration of a foreign key does not say: whether an index serves it, and whether its types are its target's.
SELECT n.nspname AS schema,
       t.relname AS table_name,
       c.conname AS name,
       EXISTS (
           SELECT FROM pg_catalog.pg_index AS i
           WHERE i.indrelid = c.conrelid AND i.indisvalid AND (i.indpred IS NULL OR i.indnkeyatts = 1
                 AND pg_catalog.pg_get_expr(i.indpred, i.indrelid) = '(' || pg_catalog.quote_ident(
                     (SELECT a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1])
                 ) || ' IS NOT NULL)')
             AND (i.indkey::smallint[])[0:pg_catalog.cardinality(c.conkey) - 1] @> c.conkey
             AND (i.indkey::smallint[])[0:pg_catalog.cardinality(c.conkey) - 1] <@ c.conkey
             AND i.indnkeyatts >= pg_catalog.cardinality(c.conkey)
       ) AS is_indexed,
       ARRAY(
           SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
           FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
           JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
           ORDER BY k.place
       ) AS types,
       ARRAY(
           SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
           FROM pg_catalog.unnest(c.confkey) WITH ORDINALITY AS k (attnum, place)
           JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.attnum
           ORDER BY k.place
       ) AS target_types
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0 AND n.nspname <> 'alphanest_admin'
ORDER BY n.nspname, t.relname, c.conname
