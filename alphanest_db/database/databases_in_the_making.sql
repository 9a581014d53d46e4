-- Which backends of the current role make a database whose name begins with the prefix, since when, and its name.
SELECT a.pid, a.query_start, made.name
FROM pg_catalog.pg_stat_activity AS a
CROSS JOIN LATERAL (SELECT pg_catalog.substring(a.query, '^CREATE DATABASE "(\w+)"') AS name) AS made
WHERE a.state = 'active'
  AND a.usesysid = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
  AND pg_catalog.starts_with(made.name, %(prefix)s)
