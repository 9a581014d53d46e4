-- Every index of the tables, with what tells two of them apart.
SELECT n.nspname AS schema,
       ic.relname AS name,
       i.indexrelid::pg_catalog.regclass::text AS shown,
       i.indrelid::pg_catalog.regclass::text AS table_shown,
       i.indisvalid AS is_valid,
       EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) AS is_being_built,
       i.indisprimary AS is_primary,
       i.indisunique AS is_unique,
       i.indisexclusion AS is_exclusion,
       i.indimmediate AS is_immediate,
       coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
       i.indisclustered OR i.indisreplident AS is_needed,
       EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')) AS is_constraint,
       EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = i.indexrelid) AS is_part,
       am.amname AS method,
       (
           SELECT pg_catalog.array_agg(ROW(k.attnum, i.indclass[k.place - 1], i.indcollation[k.place - 1],
                                           i.indoption[k.place - 1])::text ORDER BY k.place)
           FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
           WHERE k.place <= i.indnkeyatts
       ) AS keys,
       (i.indkey::smallint[])[i.indnkeyatts:] AS included,
       coalesce(pg_catalog.pg_get_expr(i.indexprs, i.indrelid), '') AS expressions,
       coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       coalesce((
           SELECT sum(pg_catalog.pg_relation_size(leaf.relid))
           FROM pg_catalog.pg_partition_tree(i.indexrelid) AS leaf WHERE leaf.isleaf
       ), pg_catalog.pg_relation_size(i.indexrelid), 0)::bigint AS size_bytes,
       coalesce((
           SELECT sum(s.idx_scan)
           FROM pg_catalog.pg_stat_all_indexes AS s
           WHERE s.indexrelid = i.indexrelid
              OR s.indexrelid IN (SELECT leaf.relid FROM pg_catalog.pg_partition_tree(i.indexrelid) AS leaf)
       ), 0)::bigint AS scans,
       EXISTS (
           SELECT FROM pg_catalog.pg_constraint AS c
           WHERE c.conrelid = i.indrelid AND c.contype = 'f' AND i.indkey[0] = ANY (c.conkey)
       ) AS serves_key
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam
JOIN pg_catalog.pg_namespace AS n ON n.oid = ic.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't'
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
  AND n.nspname !~ '^pg_toast'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
  )
ORDER BY n.nspname, t.relname, ic.relname
