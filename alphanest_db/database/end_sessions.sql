-- Ends every session in these databases, and says how many of others; autovacuum, which has no user, gives way by itself.
SELECT count(*) FILTER (WHERE found.has_ended AND found.application_name <> 'alphanest lock')
FROM (
    SELECT pg_catalog.pg_terminate_backend(a.pid) AS has_ended, coalesce(a.application_name, '') AS application_name
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = ANY (%(databases)s)
      AND a.pid <> pg_catalog.pg_backend_pid()
      AND a.usesysid IS NOT NULL
    OFFSET 0
) AS found
