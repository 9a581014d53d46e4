-- The identities of all views, functions, foreign keys and policies outside the system's schemas.
SELECT CASE i.type WHEN 'table constraint' THEN 'foreign key' ELSE i.type END, i.identity
FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, oid FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid FROM pg_catalog.pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid FROM pg_catalog.pg_constraint WHERE contype = 'f'
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, oid FROM pg_catalog.pg_policy
) AS o (classid, oid)
CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.oid, 0) AS i
WHERE o.oid >= 16384
