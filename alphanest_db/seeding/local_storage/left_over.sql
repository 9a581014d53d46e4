-- What has no column of the records that are in, and users who go by another id.
SELECT kind, path, id, leftover, bio, source_id
FROM (
    SELECT 'user' AS kind, place, path, target_id AS id, leftover, CASE WHEN NOT uses_bio THEN bio END AS bio,
           CASE WHEN source_id <> target_id THEN source_id END AS source_id, outcome
    FROM import_users WHERE NOT is_unknown AND (outcome <> 'skipped' OR target_id IS NOT NULL)
    UNION ALL SELECT 'booth', place, path, target_id, leftover, NULL, NULL, outcome FROM import_booths
    UNION ALL SELECT 'item', place, path, id, leftover, NULL, NULL, outcome FROM import_items
) AS records
WHERE outcome IN ('inserted', 'changed', 'unchanged') AND (leftover IS NOT NULL OR bio IS NOT NULL OR source_id IS NOT NULL)
ORDER BY place
