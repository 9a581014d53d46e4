-- Size on disk with indexes, estimated rows, and writes per second, of tables that are named; partitions count for their parent.
WITH parts AS (
    SELECT n.nspname, c.relname, coalesce(p.relid, c.oid) AS oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) AS p ON c.relkind = 'p' AND p.isleaf
    WHERE (n.nspname, c.relname) IN (SELECT * FROM ROWS FROM (unnest(%(schemas)s::text[]), unnest(%(tables)s::text[])))
), since AS (
    SELECT extract(epoch FROM pg_catalog.now() - coalesce(d.stats_reset, pg_catalog.pg_postmaster_start_time())) AS seconds
    FROM pg_catalog.pg_stat_database AS d
    WHERE d.datname = pg_catalog.current_database()
)
SELECT parts.nspname, parts.relname,
       pg_catalog.sum(pg_catalog.pg_total_relation_size(parts.oid))::bigint,
       CASE WHEN pg_catalog.bool_or(c.reltuples >= 0) THEN pg_catalog.sum(greatest(c.reltuples, 0))::bigint END,
       (coalesce(pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0)
        / greatest(pg_catalog.max(since.seconds), %(shortest_seconds)s))::double precision
FROM parts
CROSS JOIN since
JOIN pg_catalog.pg_class AS c ON c.oid = parts.oid
LEFT JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = parts.oid
GROUP BY parts.nspname, parts.relname
