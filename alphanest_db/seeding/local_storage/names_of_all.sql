-- The names of all users, without regard to case.
INSERT INTO import_names (value, field, user_id)
SELECT lower(username {fold}), 'username', id FROM users
UNION ALL SELECT lower(email {fold}), 'email', id FROM users
ON CONFLICT DO NOTHING;

ANALYZE import_names
