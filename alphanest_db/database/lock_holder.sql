-- The session that holds one of our advisory locks in the current database, and its current statement.
SELECT l.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(pg_catalog.host(a.client_addr), 'local'),
       coalesce(a.backend_start, pg_catalog.now()) AT TIME ZONE 'UTC', coalesce(a.query, '')
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.classid = %(class)s AND l.objid = %(purpose)s
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LIMIT 1
