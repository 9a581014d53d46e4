-- How many records came to what, and why, with the first of each; those wait whose user may come, or whose name may become free, with a later file.
SELECT kind, outcome, CASE WHEN outcome IN ('skipped', 'rejected') THEN reason END AS reason, count(*),
       (array_agg(path ORDER BY place))[1], waits
FROM (
    SELECT 'user' AS kind, outcome, reason, path, place, waits FROM import_users WHERE NOT is_unknown
    UNION ALL SELECT 'booth', outcome, reason, path, place, waits FROM import_booths
    UNION ALL SELECT 'item', outcome, reason, path, place, waits FROM import_items
) AS records
GROUP BY kind, outcome, 3, waits
ORDER BY kind DESC, outcome, 3
