-- The names that users of the file get by it, for the files that follow.
INSERT INTO import_names (value, field, user_id)
SELECT named.value, named.field, given.target_id
FROM import_users AS given
CROSS JOIN LATERAL (
    VALUES ('username', lower(given.username {fold})), ('email', lower(given.email {fold}))
) AS named (field, value)
WHERE given.outcome IN ('inserted', 'changed')
ON CONFLICT DO NOTHING
