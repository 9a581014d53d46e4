-- Who was given what on schemas, tables, views and sequences; owners, who have all of it anyway, left out.
SELECT found.kind, found.names, coalesce(r.rolname::text, 'PUBLIC'), a.grantee = 0, a.privilege_type, a.is_grantable
FROM (
    SELECT 'SCHEMA' AS kind, ARRAY[n.nspname::text] AS names, n.nspacl AS acl, n.nspowner AS owner
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, ARRAY[n.nspname::text, c.relname::text], c.relacl, c.relowner
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
) AS found
CROSS JOIN LATERAL pg_catalog.aclexplode(found.acl) AS a
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
WHERE a.grantee <> found.owner AND (a.grantee = 0 OR r.oid IS NOT NULL)
ORDER BY found.kind, found.names, 3, a.privilege_type
