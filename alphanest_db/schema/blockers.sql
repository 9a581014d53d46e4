-- Old transactions in this database that hold locks on its tables, prepared ones, and vacuum that must not be ended.
SELECT CASE
           WHEN a.backend_type = 'autovacuum worker' THEN 'vacuum to prevent wraparound'
           WHEN a.state LIKE 'idle in transaction%%' THEN 'idle transaction'
           ELSE 'long transaction'
       END AS kind,
       a.pid,
       coalesce(a.usename, '') || coalesce(' (' || nullif(a.application_name, '') || ')', '') AS who,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::double precision AS age_seconds,
       locked.tables,
       coalesce(a.query, '') AS statement
FROM pg_catalog.pg_stat_activity AS a
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(DISTINCT c.relname::text ORDER BY c.relname::text) AS tables
    FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm')
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = ANY (pg_catalog.current_schemas(false))
    WHERE l.pid = a.pid AND l.granted
) AS locked
WHERE a.datname = pg_catalog.current_database()
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.pid IS DISTINCT FROM %(migrator_pid)s
  AND locked.tables IS NOT NULL
  AND a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(old_seconds)s)
  AND (a.backend_type = 'client backend' OR a.query LIKE '%%(to prevent wraparound)%%')
UNION ALL
SELECT 'prepared transaction',
       NULL,
       p.owner || ' (' || p.gid || ')',
       extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::double precision,
       ARRAY(
           SELECT DISTINCT c.relname::text
           FROM pg_catalog.pg_locks AS own
           JOIN pg_catalog.pg_locks AS l USING (virtualtransaction)
           JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm')
           WHERE own.transactionid = p.transaction AND own.pid IS NULL AND l.pid IS NULL
           ORDER BY 1
       ),
       ''
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = pg_catalog.current_database()
ORDER BY age_seconds DESC
