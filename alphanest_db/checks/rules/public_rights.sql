-- What everybody (PUBLIC) may do with the schemas of the database, beyond looking into them, and with the tables in them.
SELECT 'schema' AS kind, n.nspname AS schema, NULL AS name, n.nspname AS shown, acl.privilege_type AS privilege
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS acl
WHERE acl.grantee = 0 AND acl.privilege_type = 'CREATE'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
UNION ALL
SELECT 'table', n.nspname, c.relname, c.oid::pg_catalog.regclass::text, acl.privilege_type
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS acl
WHERE acl.grantee = 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
UNION ALL
SELECT 'table', n.nspname, c.relname, c.oid::pg_catalog.regclass::text,
       pg_catalog.format('%s (%s)', acl.privilege_type, pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum))
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS acl
WHERE acl.grantee = 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'alphanest_admin') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
GROUP BY n.nspname, c.relname, c.oid, acl.privilege_type
ORDER BY 1, 2, 3, 5
