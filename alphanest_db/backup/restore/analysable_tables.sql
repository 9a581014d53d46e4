-- Tables of this role that the planner wants statistics of, the largest first.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
ORDER BY pg_catalog.pg_relation_size(c.oid) DESC, n.nspname, c.relname
