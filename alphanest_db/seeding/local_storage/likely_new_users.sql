-- Users of the file who are not there yet; some of them may turn out not to come in.
SELECT DISTINCT id FROM import_users WHERE NOT EXISTS (SELECT FROM users WHERE users.id = import_users.id)
