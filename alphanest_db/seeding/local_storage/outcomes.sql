-- How many records came to what, and why, with the first of each.
SELECT kind, outcome, CASE WHEN outcome IN ('skipped', 'rejected') THEN reason END AS reason, count(*),
       (array_agg(path ORDER BY place))[1]
FROM (
    SELECT 'user' AS kind, outcome, reason, path, place FROM import_users WHERE NOT is_unknown
    UNION ALL SELECT 'booth', outcome, reason, path, place FROM import_booths
    UNION ALL SELECT 'item', outcome, reason, path, place FROM import_items
) AS records
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 2, 3
