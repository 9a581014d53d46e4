-- Whether PostgreSQL turns values of one type into those of another without being told how: by a cast, or by writing them as text.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_type AS wanted
    LEFT JOIN pg_catalog.pg_cast AS c
        ON c.casttarget = wanted.oid AND c.castsource = pg_catalog.to_regtype(%(existing)s) AND c.castcontext IN ('a', 'i')
    WHERE wanted.oid = pg_catalog.to_regtype(%(wanted)s)
      AND (c.oid IS NOT NULL OR wanted.typcategory = 'S' OR wanted.oid = pg_catalog.to_regtype(%(existing)s))
)
