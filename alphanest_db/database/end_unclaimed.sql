-- End a backend that is still at the statement of that moment, and wait for its end, unless a living process of ours has claimed
-- the name of the database that it makes.
SELECT pg_catalog.pg_terminate_backend(a.pid, %(milliseconds)s)
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid = %(pid)s
  AND a.state = 'active'
  AND a.query_start = %(since)s
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_locks AS l
      WHERE l.locktype = 'advisory' AND l.objsubid = 2
        AND l.classid = %(class)s AND l.objid = pg_catalog.hashtext(%(name)s)::oid
  )
