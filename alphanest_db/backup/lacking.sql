-- Roles, tablespaces and extensions that a dump of the current database refers to, and that it does not make by itself.
WITH own AS (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
),
role_ids AS (
    -- Owners, grantees and roles of policies; the server's first superuser is not among them.
    SELECT s.refobjid AS oid FROM pg_catalog.pg_shdepend AS s
    WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
      AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    UNION SELECT relowner FROM pg_catalog.pg_class WHERE relnamespace IN (SELECT oid FROM own)
    UNION SELECT proowner FROM pg_catalog.pg_proc WHERE pronamespace IN (SELECT oid FROM own)
    UNION SELECT typowner FROM pg_catalog.pg_type WHERE typnamespace IN (SELECT oid FROM own)
    UNION SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid IN (SELECT oid FROM own) AND nspname <> 'public'
)
SELECT 'role', r.rolname FROM pg_catalog.pg_roles AS r
WHERE r.oid IN (SELECT oid FROM role_ids) AND r.rolname !~ '^pg_'
UNION
SELECT 'tablespace', t.spcname FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
WHERE c.relnamespace IN (SELECT oid FROM own) AND t.spcname !~ '^pg_'
UNION
SELECT 'extension', e.extname FROM pg_catalog.pg_extension AS e WHERE e.extname <> 'plpgsql'
ORDER BY 1, 2
