-- The stored passwords of all roles that may log in; only a superuser may ask.
SELECT rolname AS role, rolpassword AS stored FROM pg_catalog.pg_authid WHERE rolcanlogin ORDER BY rolname
