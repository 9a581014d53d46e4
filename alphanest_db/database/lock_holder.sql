-- The session that holds one of our advisory locks in the current database; the statement is that of the session at work.
SELECT l.pid,
       coalesce(holder.usename, ''),
       coalesce(holder.application_name, ''),
       coalesce(pg_catalog.host(holder.client_addr), 'local'),
       coalesce(holder.backend_start, pg_catalog.now()),
       coalesce(worker.query, holder.query, '')
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS holder ON holder.pid = l.pid
LEFT JOIN pg_catalog.pg_locks AS work
    ON work.locktype = 'advisory' AND work.granted AND work.objsubid = 2 AND work.database = l.database
    AND work.classid = l.classid AND work.objid = %(work)s
LEFT JOIN pg_catalog.pg_stat_activity AS worker ON worker.pid = work.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.classid = %(class)s AND l.objid = %(purpose)s
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LIMIT 1
