-- What a restore in place removes first: the schemas that can go as a whole, then what is in the others, extensions left out.
WITH place AS (
    SELECT n.oid, n.nspname, n.nspname <> 'public' AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS goes
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = 'e'
      )
),
object AS (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid AS classid, place.oid, 0 AS rank FROM place WHERE place.goes
    UNION ALL
    SELECT o.classid, o.oid, o.rank
    FROM place
    JOIN (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid AS classid, c.oid, c.relnamespace AS place, 1 AS rank
        FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT c.relispartition
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.pronamespace, 2 FROM pg_catalog.pg_proc AS p
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace, 3
        FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS r ON r.oid = t.typrelid
        WHERE t.typtype IN ('e', 'd', 'r', 'b', 'c') AND coalesce(r.relkind, 'c') = 'c' AND t.typcategory <> 'A'
        UNION ALL
        SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.oprnamespace, 4 FROM pg_catalog.pg_operator AS o
        UNION ALL
        SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, o.opfnamespace, 4 FROM pg_catalog.pg_opfamily AS o
        UNION ALL
        SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, c.oid, c.collnamespace, 4 FROM pg_catalog.pg_collation AS c
        UNION ALL
        SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, c.oid, c.connamespace, 4 FROM pg_catalog.pg_conversion AS c
        UNION ALL
        SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, c.oid, c.cfgnamespace, 4 FROM pg_catalog.pg_ts_config AS c
        UNION ALL
        SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, t.oid, t.dictnamespace, 5 FROM pg_catalog.pg_ts_dict AS t
    ) AS o ON o.place = place.oid
    WHERE NOT place.goes
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = o.classid AND d.objid = o.oid AND d.objsubid = 0 AND d.refobjid <> o.oid AND d.deptype IN ('e', 'i')
      )
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 6
    FROM pg_catalog.pg_publication AS p WHERE pg_catalog.pg_has_role(p.pubowner, 'USAGE')
)
SELECT CASE WHEN found.type IN ('function', 'procedure', 'aggregate') THEN 'routine' ELSE found.type END, found.identity
FROM object CROSS JOIN LATERAL pg_catalog.pg_identify_object(object.classid, object.oid, 0) AS found
ORDER BY object.rank, found.identity
