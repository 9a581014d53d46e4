-- Users who are to be registered.
SELECT id, username, email, avatar, created_at, known_at FROM import_users WHERE outcome = 'inserted' ORDER BY place
