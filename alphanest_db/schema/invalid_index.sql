-- The index of that name on that table, with the table's name, where its build did not finish.
SELECT n.nspname, t.relname
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE NOT i.indisvalid
  AND c.relkind = 'i'
  AND c.relname = %(index)s
  AND t.oid = pg_catalog.to_regclass(%(table)s)
