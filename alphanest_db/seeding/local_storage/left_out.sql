-- The records that did not come in, as lines for the file of rejects.
SELECT kind, path, at, outcome, reason, other, record, place, waits
FROM (
    SELECT 'user' AS kind, place, path, at, outcome, reason, other, record, waits FROM import_users WHERE NOT is_unknown
    UNION ALL SELECT 'booth', place, path, at, outcome, reason, other, record, waits FROM import_booths
    UNION ALL SELECT 'item', place, path, at, outcome, reason, other, record, waits FROM import_items
) AS records
WHERE outcome IN ('skipped', 'rejected')
ORDER BY place
