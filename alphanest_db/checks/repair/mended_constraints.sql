-- The constraints that rows violated which the run changed.
SELECT DISTINCT s.schema_name, s.table_name, v.name
FROM alphanest_admin.journal_changes AS c
JOIN alphanest_admin.journal_steps AS s ON s.run_id = c.run_id AND s.number = c.step
CROSS JOIN LATERAL pg_catalog.unnest(c.violates) AS v (name)
WHERE c.run_id = %(run)s AND c.violates IS NOT NULL
