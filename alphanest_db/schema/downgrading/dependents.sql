-- What uses a table or one of its columns without being a part of it: views, functions, foreign keys and policies, with the table that they are of.
WITH subject AS (
    SELECT c.oid, c.reltype, a.attnum
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = %(column)s AND NOT a.attisdropped
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s
), users AS (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    JOIN subject AS s ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.oid
        AND (%(column)s::text IS NULL OR d.refobjsubid = s.attnum)
    UNION
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    JOIN subject AS s ON %(column)s::text IS NULL AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
        AND d.refobjid IN (s.reltype, (SELECT t.typarray FROM pg_catalog.pg_type AS t WHERE t.oid = s.reltype))
), objects AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid AS classid, r.ev_class AS objid, NULL::oid AS owner
    FROM users AS u
    JOIN pg_catalog.pg_rewrite AS r ON u.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = u.objid
    WHERE r.ev_class NOT IN (SELECT oid FROM subject)
    UNION
    SELECT u.classid, u.objid, k.conrelid
    FROM users AS u
    JOIN pg_catalog.pg_constraint AS k ON u.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = u.objid
    WHERE k.contype = 'f' AND k.conparentid = 0
      AND (%(column)s::text IS NOT NULL OR k.conrelid NOT IN (SELECT oid FROM subject))
    UNION
    SELECT u.classid, u.objid, p.polrelid
    FROM users AS u
    JOIN pg_catalog.pg_policy AS p ON u.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = u.objid
    WHERE %(column)s::text IS NOT NULL OR p.polrelid NOT IN (SELECT oid FROM subject)
    UNION
    SELECT u.classid, u.objid, NULL FROM users AS u WHERE u.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
)
SELECT CASE i.type WHEN 'table constraint' THEN 'foreign key' ELSE i.type END, i.identity, n.nspname, c.relname
FROM objects AS o
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = o.owner
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) AS i
ORDER BY 1, 2
