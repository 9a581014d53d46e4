-- Since when this server has been counting what is used.
SELECT pg_catalog.current_setting('track_counts')::boolean AS is_counting,
       coalesce(
           (SELECT d.stats_reset FROM pg_catalog.pg_stat_database AS d WHERE d.datname = pg_catalog.current_database()),
           pg_catalog.pg_postmaster_start_time()
       ) AS since
