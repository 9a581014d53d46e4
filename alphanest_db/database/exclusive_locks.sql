-- Tables of the current database that somebody holds so that not even reading is possible; the statement is not asked for.
SELECT n.nspname || '.' || c.relname,
       a.pid,
       coalesce(a.usename, ''),
       coalesce(a.application_name, ''),
       coalesce(pg_catalog.host(a.client_addr), 'local'),
       coalesce(a.xact_start, pg_catalog.now())
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'AccessExclusiveLock'
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY a.xact_start, 1
