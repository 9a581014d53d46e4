-- Whose booths and items these are: users of the file under the ids that they have here, else users who are there.
UPDATE import_booths AS given
SET target_id = coalesce(people.target_id, users.id)
FROM import_booths AS same
LEFT JOIN import_people AS people ON people.id = same.user_id
LEFT JOIN users ON users.id = same.user_id
WHERE same.place = given.place;

UPDATE import_items AS given
SET owner = coalesce(owners.target_id, owner_users.id), maker = coalesce(makers.target_id, maker_users.id)
FROM import_items AS same
LEFT JOIN import_people AS owners ON owners.id = same.owner_id
LEFT JOIN users AS owner_users ON owner_users.id = same.owner_id
LEFT JOIN import_people AS makers ON makers.id = same.creator_id
LEFT JOIN users AS maker_users ON maker_users.id = same.creator_id
WHERE same.place = given.place;

INSERT INTO import_absent (id, outcome)
SELECT id, CASE WHEN bool_or(is_unknown AND outcome = 'rejected') THEN 'rejected' ELSE 'skipped' END
FROM (
    SELECT id, is_unknown, outcome FROM import_users WHERE target_id IS NULL
    UNION ALL SELECT id, false, 'skipped' FROM import_refused
) AS named
GROUP BY id;

UPDATE import_booths AS given
SET outcome = coalesce(absent.outcome, CASE WHEN {unknown_users} = 'fail' THEN 'rejected' ELSE 'skipped' END),
    reason = CASE WHEN absent.id IS NULL THEN 'its user is unknown' ELSE 'its user did not come in' END,
    other = given.user_id, waits = true
FROM import_booths AS same LEFT JOIN import_absent AS absent ON absent.id = same.user_id
WHERE same.place = given.place AND given.target_id IS NULL;

UPDATE import_items AS given
SET outcome = coalesce(absent.outcome, CASE WHEN {unknown_users} = 'fail' THEN 'rejected' ELSE 'skipped' END),
    reason = CASE WHEN given.owner IS NULL THEN 'its owner' ELSE 'its creator' END
             || CASE WHEN absent.id IS NULL THEN ' is unknown' ELSE ' did not come in' END,
    other = CASE WHEN given.owner IS NULL THEN given.owner_id ELSE given.creator_id END, waits = true
FROM import_items AS same
LEFT JOIN import_absent AS absent ON absent.id = CASE WHEN same.owner IS NULL THEN same.owner_id ELSE same.creator_id END
WHERE same.place = given.place AND (given.owner IS NULL OR given.maker IS NULL)
