-- Constraints whose internal triggers on a table do not fire: PostgreSQL calls them valid and does not enforce them.
SELECT n.nspname, c.relname, k.conname, pg_catalog.format('%%I.%%I', n.nspname, c.relname),
       pg_catalog.array_agg(pg_catalog.quote_ident(g.tgname) ORDER BY g.tgname)
FROM pg_catalog.pg_trigger AS g
JOIN pg_catalog.pg_constraint AS k ON k.oid = g.tgconstraint
JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE g.tgisinternal
  AND g.tgenabled IN ('D', 'R')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', %(admin_schema)s)
GROUP BY n.nspname, c.relname, k.conname, c.oid
ORDER BY n.nspname, c.relname, k.conname
