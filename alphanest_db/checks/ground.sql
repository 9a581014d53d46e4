-- Where we are.
SELECT pg_catalog.current_database(),
       pg_catalog.current_setting('server_version_num')::integer,
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.to_regclass('alembic_version') IS NOT NULL
