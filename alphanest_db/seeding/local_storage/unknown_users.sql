-- Users whom only booths and items name, to be registered under their own id, and by the booth's name where nobody has it.
INSERT INTO import_users (place, path, at, source_id, id, username, email, avatar, is_unknown)
SELECT -row_number() OVER (ORDER BY id), path, at, id, id,
       CASE WHEN row_number() OVER (PARTITION BY lower(username {fold}) ORDER BY id) = 1
                 AND NOT EXISTS (
                     SELECT FROM import_names AS known JOIN users ON users.id = known.user_id
                     WHERE known.value = lower(one.username {fold}) AND known.field = 'username'
                       AND known.value = lower(users.username {fold}))
                 AND NOT EXISTS (SELECT FROM import_users AS given WHERE lower(given.username {fold}) = lower(one.username {fold}))
                 AND username IS NOT NULL
            THEN username ELSE 'user_' || left(md5(id), 12) END,
       'unknown-' || md5(id) || '@example.com', coalesce(avatar, {avatar}), true
FROM (
    SELECT DISTINCT ON (id) id, path, at, username, avatar
    FROM (
        SELECT user_id AS id, place, path, at, username, avatar FROM import_booths
        UNION ALL SELECT creator_id, place, path, at, NULL, NULL FROM import_items
        UNION ALL SELECT owner_id, place, path, at, NULL, NULL FROM import_items
    ) AS named
    ORDER BY id, username IS NULL, avatar IS NULL, place
) AS one
WHERE NOT EXISTS (SELECT FROM users WHERE users.id = one.id)
  AND NOT EXISTS (SELECT FROM import_users AS given WHERE given.id = one.id)
  AND NOT EXISTS (SELECT FROM import_refused AS refused WHERE refused.id = one.id)
