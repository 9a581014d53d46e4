-- The triggers by which a foreign key is enforced, those of partitions too, and how each is switched.
WITH RECURSIVE family AS (
    SELECT k.oid
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND k.conname = %(name)s
    UNION ALL
    SELECT k.oid FROM family JOIN pg_catalog.pg_constraint AS k ON k.conparentid = family.oid
)
SELECT n.nspname, c.relname, t.tgname, p.proname, t.tgenabled::text
FROM family
JOIN pg_catalog.pg_trigger AS t ON t.tgconstraint = family.oid
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
ORDER BY 1, 2, 4
