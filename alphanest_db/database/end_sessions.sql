-- Ends every session in these databases, and says how many it ended; autovacuum, which has no user, gives way by itself.
SELECT count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid))
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = ANY (%(databases)s)
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.usesysid IS NOT NULL
