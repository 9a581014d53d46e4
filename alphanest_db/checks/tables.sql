-- Tables of this database as they are read from: partitioned ones as a whole, and those partitions that have foreign keys of their
-- own; without those of extensions and of alphanest itself.
SELECT c.oid::bigint,
       n.nspname,
       c.relname,
       c.oid::pg_catalog.regclass::text AS shown,
       c.relkind = 'p' AS is_partitioned,
       c.relispartition AS is_partition,
       pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AS is_readable,
       coalesce(size.pages, 0)::bigint,
       coalesce(size.visible_pages, 0)::bigint,
       coalesce(size.rows, -1)::double precision,
       ARRAY(
           SELECT a.attname::text
           FROM pg_catalog.pg_index AS i
           CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
           JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
           WHERE i.indrelid = c.oid AND i.indisprimary
           ORDER BY k.place
       ) AS primary_key,
       ARRAY(
           SELECT DISTINCT a.attname::text
           FROM pg_catalog.pg_index AS i
           JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
           WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL
       ) AS unique_columns,
       ARRAY(
           SELECT DISTINCT a.attname::text
           FROM pg_catalog.pg_index AS i
           JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
           JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam AND am.amname = 'btree'
           JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
           WHERE i.indrelid = c.oid AND c.relkind = 'r' AND i.indisvalid AND i.indpred IS NULL
             AND i.indcollation[0] = a.attcollation
       ) AS indexed_columns,
       (
           SELECT coalesce(pg_catalog.json_object_agg(a.attname, CASE
               WHEN a.atttypid IN ('pg_catalog.varchar'::pg_catalog.regtype, 'pg_catalog.bpchar'::pg_catalog.regtype)
                   AND a.atttypmod > 4 THEN a.atttypmod - 4 END ORDER BY a.attnum), '{}')
           FROM pg_catalog.pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       ) AS widths
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT sum(leaf.relpages) AS pages, sum(leaf.relallvisible) AS visible_pages, sum(leaf.reltuples) FILTER (WHERE leaf.reltuples >= 0) AS rows
    FROM pg_catalog.pg_class AS leaf
    WHERE leaf.oid = c.oid
       OR (c.relkind = 'p' AND leaf.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) AS p WHERE p.isleaf))
) AS size
WHERE c.relkind IN ('r', 'p')
  AND (NOT c.relispartition OR EXISTS (
      SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0
  ))
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
  AND n.nspname !~ '^pg_toast'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY n.nspname, c.relname
