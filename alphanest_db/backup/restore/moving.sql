-- Partitions by the hash of an enum, by the table that they divide, and whether they have the same columns in the same order.
WITH by_enum AS (
    SELECT p.partrelid
    FROM pg_catalog.pg_partitioned_table AS p
    WHERE EXISTS (
        SELECT FROM pg_catalog.pg_opclass AS o JOIN pg_catalog.pg_am AS a ON a.oid = o.opcmethod
        WHERE o.oid = ANY (p.partclass) AND o.opcname = 'enum_ops' AND a.amname = 'hash'
          AND o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace
    )
),
part AS (
    SELECT ARRAY[n.nspname::text, c.relname::text] AS names, above.relid AS divided,
           ARRAY(
               SELECT a.attname FROM pg_catalog.pg_attribute AS a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v' ORDER BY a.attnum
           ) AS columns
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT ancestor.relid
        FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY AS ancestor (relid, height)
        WHERE ancestor.relid IN (SELECT by_enum.partrelid FROM by_enum)
        ORDER BY ancestor.height DESC LIMIT 1
    ) AS above
    WHERE c.relkind = 'r' AND c.relispartition
)
SELECT pg_catalog.array_agg(part.names ORDER BY part.names), count(DISTINCT part.columns) = 1
FROM part GROUP BY part.divided ORDER BY 1
