-- The users who are there and have a name that a record of the file gives, without regard to case.
INSERT INTO import_names (value, field, user_id)
SELECT lower(username {fold}), 'username', id FROM users
WHERE lower(username {fold}) IN (
    SELECT lower(username {fold}) FROM import_users UNION SELECT lower(username {fold}) FROM import_booths)
UNION ALL
SELECT lower(email {fold}), 'email', id FROM users
WHERE lower(email {fold}) IN (SELECT lower(email {fold}) FROM import_users)
ON CONFLICT DO NOTHING
