-- How far the database has come that is being loaded: its size, tables with rows, rows in progress, and sessions at work.
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()),
       (SELECT count(*) FROM pg_catalog.pg_stat_user_tables AS t WHERE t.n_tup_ins > 0),
       (SELECT coalesce(sum(c.tuples_processed), 0)::bigint FROM pg_catalog.pg_stat_progress_copy AS c
        WHERE c.datname = pg_catalog.current_database()),
       (SELECT count(*) FROM pg_catalog.pg_stat_activity AS a
        WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
          AND a.state = 'active' AND coalesce(a.wait_event_type, '') NOT IN ('Client', 'Lock'))
