-- End a backend, and wait for its end, unless a living process of ours has claimed the name of the database that it makes.
SELECT pg_catalog.pg_terminate_backend(%(pid)s, %(milliseconds)s)
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.objsubid = 2
      AND l.classid = %(class)s AND l.objid = pg_catalog.hashtext(%(name)s)::oid
)
