-- Users of the file who go by another id here.
SELECT source_id, target_id, CASE WHEN target_id = id THEN 'its id fits no column' ELSE reason END
FROM import_users
WHERE target_id <> source_id
ORDER BY place
