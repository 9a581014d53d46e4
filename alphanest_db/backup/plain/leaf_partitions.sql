-- The partitions with rows of their own below a partitioned table, as quoted names.
SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_partition_tree(%(table)s::pg_catalog.regclass) AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE t.isleaf AND t.level > 0
ORDER BY 1
