-- Databases of the current role whose name begins with the prefix, and which no living process of ours has claimed.
SELECT d.datname
FROM pg_catalog.pg_database AS d
WHERE pg_catalog.starts_with(d.datname, %(prefix)s)
  AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_locks AS l
      WHERE l.locktype = 'advisory' AND l.objsubid = 2
        AND l.classid = %(class)s AND l.objid = pg_catalog.hashtext(d.datname::text)::oid
  )
ORDER BY d.datname
