-- Who the users of the file are: of several records with one id the newest counts, and each name belongs to one user.
WITH best AS (
    SELECT place, first_value(place) OVER (PARTITION BY id ORDER BY known_at DESC NULLS LAST, place) AS first
    FROM import_users
)
UPDATE import_users AS given
SET outcome = CASE WHEN (given.username, given.email, given.avatar, given.bio)
                        IS NOT DISTINCT FROM (kept.username, kept.email, kept.avatar, kept.bio)
              THEN 'unchanged' ELSE 'skipped' END,
    reason = CASE WHEN (given.username, given.email, given.avatar, given.bio)
                       IS NOT DISTINCT FROM (kept.username, kept.email, kept.avatar, kept.bio) THEN 'the same user again'
             ELSE 'another record of the same user counts, which differs in ' || concat_ws(', ',
                  CASE WHEN given.username <> kept.username THEN 'username' END, CASE WHEN given.email <> kept.email THEN 'email' END,
                  CASE WHEN given.avatar <> kept.avatar THEN 'avatar' END,
                  CASE WHEN given.bio IS DISTINCT FROM kept.bio THEN 'bio' END) END,
    other = kept.path
FROM best JOIN import_users AS kept ON kept.place = best.first
WHERE given.place = best.place AND best.first <> best.place;

WITH names AS MATERIALIZED (
    SELECT given.place, given.id, given.known_at, named.field, named.value
    FROM import_users AS given
    CROSS JOIN LATERAL (VALUES ('username', lower(given.username {fold})), ('email', lower(given.email {fold}))) AS named (field, value)
    WHERE given.outcome IS NULL
), held AS MATERIALIZED (
    SELECT names.place, names.field, users.id AS holder
    FROM names
    JOIN import_names AS known ON known.value = names.value AND known.field = names.field
    JOIN users ON users.id = known.user_id
    WHERE names.value = CASE names.field WHEN 'username' THEN lower(users.username {fold}) ELSE lower(users.email {fold}) END
), ranked AS (
    SELECT names.*, own.place IS NOT NULL AS is_own,
           first_value(names.place) OVER (
               PARTITION BY names.field, names.value
               ORDER BY own.place IS NULL,
                        CASE WHEN {on_conflict} = 'update' THEN -extract(epoch FROM names.known_at)
                             ELSE extract(epoch FROM names.known_at) END,
                        names.place < 0, names.place
           ) AS first
    FROM names LEFT JOIN held AS own ON own.place = names.place AND own.field = names.field AND own.holder = names.id
), holders AS (
    SELECT ranked.place, ranked.field, held.holder
    FROM ranked JOIN held ON held.place = ranked.place AND held.field = ranked.field
    WHERE NOT ranked.is_own
    UNION
    SELECT ranked.place, ranked.field, first.id
    FROM ranked JOIN import_users AS first ON first.place = ranked.first
    WHERE NOT ranked.is_own AND ranked.first <> ranked.place
      AND NOT EXISTS (SELECT FROM held WHERE held.place = ranked.place AND held.field = ranked.field)
), conflicts AS (
    SELECT place, string_agg(DISTINCT field, ' and ' ORDER BY field) AS fields, min(holder) AS holder,
           count(DISTINCT holder) AS holders
    FROM holders GROUP BY place
)
UPDATE import_users AS given
SET outcome = CASE WHEN {on_conflict} = 'skip' THEN 'skipped'
                   WHEN {on_conflict} = 'update' AND conflicts.holders = 1 THEN 'merged' ELSE 'rejected' END,
    reason = CASE WHEN conflicts.holders > 1 THEN 'two users or more have its ' ELSE 'another user has its ' END || conflicts.fields,
    other = conflicts.holder, waits = true
FROM conflicts
WHERE conflicts.place = given.place;

-- Taken for a user of the same file who is not there: that one was in conflict, too.
UPDATE import_users AS given
SET outcome = 'rejected', reason = given.reason || ', who cannot come in either'
WHERE given.outcome = 'merged' AND NOT EXISTS (SELECT FROM users WHERE users.id = given.other)
  AND EXISTS (SELECT FROM import_users AS first WHERE first.id = given.other AND first.outcome IN ('merged', 'rejected'));

UPDATE import_users SET target_id = CASE WHEN outcome = 'merged' THEN other ELSE id END, waits = false
WHERE outcome IS NULL OR outcome = 'merged';

-- Several records for one user who is there already, or will be: the newest counts.
WITH best AS (
    SELECT place, first_value(place) OVER (
        PARTITION BY target_id ORDER BY is_unknown, known_at DESC NULLS LAST, outcome IS NOT NULL, place) AS first
    FROM import_users WHERE target_id IS NOT NULL
)
UPDATE import_users AS given
SET outcome = 'skipped', reason = concat_ws('; ', given.reason, 'a newer record of that user counts'), other = kept.path
FROM best JOIN import_users AS kept ON kept.place = best.first
WHERE given.place = best.place AND best.first <> best.place;

-- A user whom an import made up has an address of that form, and is older than anything.
WITH compared AS (
    SELECT given.place, given.is_unknown,
           there.email = 'unknown-' || md5(there.id) || '@example.com'
           OR given.outcome = 'merged' AND there.updated_at IS NULL
           OR given.known_at > coalesce(there.updated_at, there.created_at, '-infinity') AS is_newer,
           concat_ws(', ', CASE WHEN given.username <> there.username THEN 'username' END,
               CASE WHEN given.email <> there.email THEN 'email' END,
               CASE WHEN given.avatar IS DISTINCT FROM there.avatar THEN 'avatar' END) AS differences
    FROM import_users AS given JOIN users AS there ON there.id = given.target_id
    WHERE given.outcome IS NULL OR given.outcome = 'merged'
)
UPDATE import_users AS given
SET outcome = CASE WHEN compared.is_unknown OR differences = '' THEN 'unchanged' WHEN is_newer THEN 'changed' ELSE 'skipped' END,
    reason = CASE WHEN compared.is_unknown OR differences = '' OR is_newer THEN given.reason
             ELSE concat_ws('; ', given.reason, 'what is there is not older, and differs in ' || differences) END
FROM compared
WHERE compared.place = given.place;

UPDATE import_users SET outcome = 'inserted' WHERE outcome IS NULL;

INSERT INTO import_people (id, target_id)
SELECT id, min(target_id) FROM import_users WHERE target_id IS NOT NULL GROUP BY id;

UPDATE users AS there
SET username = given.username, email = given.email, avatar = given.avatar,
    created_at = least(there.created_at, given.created_at),
    updated_at = greatest(given.known_at, least(there.created_at, given.created_at))
FROM import_users AS given
WHERE given.outcome = 'changed' AND there.id = given.target_id
