-- Databases of the current role whose name begins with the prefix, and in which nobody is.
SELECT d.datname
FROM pg_catalog.pg_database AS d
WHERE pg_catalog.starts_with(d.datname, %(prefix)s)
  AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid)
ORDER BY d.datname
