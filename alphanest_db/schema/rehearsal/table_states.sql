-- Tables outside the system's schemas: the columns that hold something of their own, by name, and a text that any change changes.
SELECT n.nspname, c.relname,
       coalesce(pg_catalog.array_agg(a.attname::text ORDER BY a.attname) FILTER (WHERE a.attgenerated = ''), '{}'),
       c.relkind = 'p',
       pg_catalog.concat(
           pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.atttypid, a.atttypmod, a.attname), ',' ORDER BY a.attnum),
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', p.oid, pg_catalog.pg_relation_filenode(p.oid),
                    pg_catalog.pg_stat_get_tuples_inserted(p.oid), pg_catalog.pg_stat_get_tuples_updated(p.oid),
                    pg_catalog.pg_stat_get_tuples_deleted(p.oid)), ',' ORDER BY p.oid)
            FROM (SELECT c.oid UNION SELECT relid::oid FROM pg_catalog.pg_partition_tree(c.oid)) AS p (oid))
       )
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND c.relname <> 'alembic_version'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin')
  AND n.nspname !~ '^pg_(toast|temp)'
GROUP BY n.nspname, c.relname, c.relkind, c.oid
ORDER BY n.nspname, c.relname
