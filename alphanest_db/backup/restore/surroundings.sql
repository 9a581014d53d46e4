-- What a dump needs of the server it is restored on, and whether it is there.
SELECT (SELECT coalesce(pg_catalog.json_agg(r.name), '[]')
        FROM pg_catalog.unnest(%(roles)s::text[]) AS r (name)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS p WHERE p.rolname = r.name)),
       (SELECT coalesce(pg_catalog.json_agg(e.name), '[]')
        FROM pg_catalog.unnest(%(extensions)s::text[]) AS e (name)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions AS a WHERE a.name = e.name)),
       (SELECT coalesce(pg_catalog.json_agg(s.name), '[]')
        FROM pg_catalog.unnest(%(tablespaces)s::text[]) AS s (name)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_tablespace AS t WHERE t.spcname = s.name))
