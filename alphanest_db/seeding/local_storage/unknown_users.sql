-- Users whom only booths and items name, to be registered under their own id.
INSERT INTO import_users (place, path, at, source_id, id, username, email, avatar, is_unknown)
SELECT -row_number() OVER (ORDER BY id), path, at, id, id, coalesce(username, 'user_' || left(md5(id), 12)),
       'unknown-' || md5(id) || '@example.com', coalesce(avatar, %(avatar)s), true
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
