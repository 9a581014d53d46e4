-- The booths that the run took items from or brought items to; the run's number is put in.
SELECT pg_catalog.unnest(ARRAY[c.before ->> 'booth_id', c.after ->> 'booth_id'])
FROM alphanest_admin.journal_changes AS c
JOIN alphanest_admin.journal_steps AS s ON s.run_id = c.run_id AND s.number = c.step
WHERE s.table_name = 'nft_items' AND c.run_id = {}
