-- Whether a table has triggers of its own that fire, and might change what is put back; those of constraints are not among them.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
)
