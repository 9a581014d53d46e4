-- Every foreign key as it was declared (those that a partition inherits are part of their parent's), with what a join needs.
WITH RECURSIVE family AS (
    SELECT c.oid AS root, c.oid AS member
    FROM pg_catalog.pg_constraint AS c
    WHERE c.contype = 'f' AND c.conparentid = 0
    UNION ALL
    SELECT family.root, c.oid
    FROM family
    JOIN pg_catalog.pg_constraint AS c ON c.conparentid = family.member
),
guarded AS (
    SELECT family.root, bool_and(t.tgenabled IN ('O', 'A')) AS is_guarded
    FROM family
    JOIN pg_catalog.pg_trigger AS t ON t.tgconstraint = family.member
    GROUP BY family.root
),
pairs AS (
    SELECT c.oid,
           k.place,
           a.attname AS column_name,
           r.attname AS referenced_name,
           opn.nspname AS operator_schema,
           o.oprname AS operator_name,
           CASE WHEN a.attcollation <> r.attcollation AND 0 NOT IN (a.attcollation, r.attcollation) THEN cn.nspname END AS collation_schema,
           CASE WHEN a.attcollation <> r.attcollation AND 0 NOT IN (a.attcollation, r.attcollation) THEN co.collname END AS collation_name
    FROM pg_catalog.pg_constraint AS c
    CROSS JOIN LATERAL ROWS FROM (
        pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop)
    ) WITH ORDINALITY AS k (own, other, operator, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.own
    JOIN pg_catalog.pg_attribute AS r ON r.attrelid = c.confrelid AND r.attnum = k.other
    JOIN pg_catalog.pg_operator AS o ON o.oid = k.operator
    JOIN pg_catalog.pg_namespace AS opn ON opn.oid = o.oprnamespace
    LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = r.attcollation
    LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
    WHERE c.contype = 'f' AND c.conparentid = 0
)
SELECT n.nspname,
       t.relname,
       c.conname,
       rn.nspname,
       rt.relname,
       CASE c.confmatchtype WHEN 'f' THEN 'full' WHEN 'p' THEN 'partial' ELSE 'simple' END,
       CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default'
           WHEN 'r' THEN 'restrict' ELSE 'no action' END,
       c.convalidated,
       coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true),
       coalesce(g.is_guarded, false),
       t.relkind = 'p',
       rt.relkind = 'p',
       coalesce((pg_catalog.to_jsonb(c) ->> 'conperiod')::boolean, false),
       pg_catalog.pg_get_constraintdef(c.oid),
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(p.column_name, p.referenced_name, p.operator_schema,
            p.operator_name, p.collation_schema, p.collation_name) ORDER BY p.place) FROM pairs AS p WHERE p.oid = c.oid),
       (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
        FROM pg_catalog.pg_constraint AS pk
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = pk.conrelid AND a.attnum = ANY (pk.conkey)
        WHERE pk.conrelid = c.conrelid AND pk.contype = 'p')
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_class AS rt ON rt.oid = c.confrelid
JOIN pg_catalog.pg_namespace AS rn ON rn.oid = rt.relnamespace
LEFT JOIN guarded AS g ON g.root = c.oid
WHERE c.contype = 'f' AND c.conparentid = 0
ORDER BY n.nspname, t.relname, c.conname
