-- Those of the tables whose truncation runs a trigger or empties the table of a subscriber, and partitioned ones: COPY freezes no rows there.
SELECT c.relname
FROM pg_catalog.unnest(%(tables)s::text[]) AS l (name)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident(l.name))
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind <> 'r'
   OR EXISTS (
       SELECT FROM pg_catalog.pg_trigger AS t
       WHERE t.tgrelid = c.oid AND t.tgtype & 32 <> 0  -- TRIGGER_TYPE_TRUNCATE of catalog/pg_trigger.h
   )
   OR EXISTS (
       SELECT FROM pg_catalog.pg_publication_tables AS t
       JOIN pg_catalog.pg_publication AS p ON p.pubname = t.pubname
       WHERE p.pubtruncate AND t.schemaname = n.nspname AND t.tablename = c.relname
   )
