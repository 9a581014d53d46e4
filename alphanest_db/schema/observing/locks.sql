-- Locks on relations of the current database that a session holds or waits for.
SELECT l.relation, l.mode, l.granted
FROM pg_catalog.pg_locks AS l
WHERE l.pid = %(pid)s
  AND l.locktype = 'relation'
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
