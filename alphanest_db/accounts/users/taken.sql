-- Who has this username or e-mail already, without regard to case.
SELECT taken.field, taken.value, users.id
FROM users
CROSS JOIN LATERAL (
    VALUES ('username', users.username, lower(users.username {fold}) = lower(%(username)s {fold})),
           ('email', users.email, lower(users.email {fold}) = lower(%(email)s {fold}))
) AS taken (field, value, is_same)
WHERE taken.is_same AND users.id <> %(owner_id)s
ORDER BY taken.field DESC, users.id
LIMIT 10
