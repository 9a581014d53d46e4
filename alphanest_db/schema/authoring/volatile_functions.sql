-- Whether a function by one of these names gives another value in each row.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_proc AS p WHERE p.proname = ANY (%(names)s) AND p.provolatile = 'v'
)
