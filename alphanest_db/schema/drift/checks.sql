-- The CHECK constraints of tables, valid or not; those that only pass on a parent's are left out.
SELECT n.nspname, c.relname, k.conname,
       pg_catalog.format('%%I.%%I', n.nspname, c.relname), pg_catalog.quote_ident(k.conname),
       pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'c'
  AND k.conislocal
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', %(admin_schema)s)
  AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname, c.relname, k.conname
