-- What stands in the way of renaming a database, or would stay behind with the old one.
SELECT coalesce(me.rolsuper, false),
       coalesce(me.rolsuper OR me.rolcreatedb, false),
       pg_catalog.pg_has_role(d.datdba, 'USAGE'),
       (SELECT pg_catalog.json_agg(x.gid ORDER BY x.gid)
        FROM pg_catalog.pg_prepared_xacts AS x WHERE x.database = d.datname),
       (SELECT pg_catalog.json_agg(s.slot_name ORDER BY s.slot_name)
        FROM pg_catalog.pg_replication_slots AS s WHERE s.database = d.datname),
       (SELECT pg_catalog.json_agg(s.subname ORDER BY s.subname)
        FROM pg_catalog.pg_subscription AS s WHERE s.subdbid = d.oid),
       (SELECT pg_catalog.json_agg(DISTINCT u.rolname)
        FROM pg_catalog.pg_stat_activity AS a
        JOIN pg_catalog.pg_roles AS u ON u.oid = a.usesysid
        WHERE a.datid = d.oid AND a.usesysid IS NOT NULL
          AND NOT coalesce(me.rolsuper, false)
          AND NOT pg_catalog.pg_has_role(u.oid, 'USAGE')
          AND (u.rolsuper OR NOT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
WHERE d.datname = %(database)s
