-- Ordinary tables of the current schemas with the number of their file and the oids of their valid indexes.
SELECT c.oid::bigint, n.nspname, c.relname, pg_catalog.pg_relation_filenode(c.oid)::bigint,
       ARRAY(SELECT i.indexrelid::bigint FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND i.indisvalid ORDER BY 1)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname = ANY (pg_catalog.current_schemas(false))
ORDER BY c.oid
