-- Databases whose name begins with the prefix, with their sizes where the role may know them.
SELECT d.datname,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
           THEN pg_catalog.pg_database_size(d.oid) END
FROM pg_catalog.pg_database AS d
WHERE pg_catalog.starts_with(d.datname, %(prefix)s)
ORDER BY d.datname DESC
