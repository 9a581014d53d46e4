-- Indexes and keys of the tables whose definition tells all about them, and on which nothing else depends: indexes first, then foreign keys.
WITH own AS (
    SELECT c.oid, c.relname, n.nspname, l.place
    FROM pg_catalog.unnest(%(tables)s::text[]) WITH ORDINALITY AS l (name, place)
    JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident(l.name))
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND NOT c.relispartition AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE c.oid IN (h.inhrelid, h.inhparent))
),
keys AS (
    SELECT k.oid, own.nspname, own.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid) AS definition, own.place
    FROM own
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = own.oid AND k.contype = 'f' AND k.conparentid = 0
    WHERE pg_catalog.obj_description(k.oid, 'pg_constraint') IS NULL
      AND pg_catalog.pg_has_role((SELECT r.relowner FROM pg_catalog.pg_class AS r WHERE r.oid = k.confrelid), 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')
),
indexes AS (
    SELECT i.indexrelid, k.oid AS constraint_oid, own.nspname, own.relname, ic.relname AS index_name,
           coalesce(pg_catalog.pg_get_constraintdef(k.oid), pg_catalog.pg_get_indexdef(i.indexrelid)) AS definition, own.place
    FROM own
    JOIN pg_catalog.pg_index AS i ON i.indrelid = own.oid
    JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    WHERE i.indisvalid AND i.indisready AND NOT i.indisclustered AND NOT i.indisreplident
      AND ic.reltablespace = 0 AND ic.reloptions IS NULL
      AND pg_catalog.obj_description(i.indexrelid, 'pg_class') IS NULL
      AND (k.oid IS NULL OR pg_catalog.obj_description(k.oid, 'pg_constraint') IS NULL)
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indexrelid AND coalesce(a.attstattarget, -1) >= 0
      )
)
SELECT nspname, relname, index_name, constraint_oid IS NOT NULL, definition
FROM (
    SELECT 1 AS step, i.place, i.nspname, i.relname, i.index_name, i.constraint_oid, i.definition
    FROM indexes AS i
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = i.indexrelid
               OR d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = i.constraint_oid)
          AND d.deptype <> 'i'
          AND NOT (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid IN (SELECT k.oid FROM keys AS k))
           OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid AND d.deptype IN ('x', 'e')
    )
    UNION ALL
    SELECT 2, k.place, k.nspname, k.relname, k.conname, k.oid, k.definition
    FROM keys AS k
) AS found
ORDER BY step, place, index_name
