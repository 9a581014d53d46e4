-- The users who go by a text, as id, e-mail or username, without regard to case.
SELECT id, email, username, coalesce(is_active, false)
FROM users
WHERE id = %(text)s
   OR lower(id {fold}) = lower(%(text)s {fold})
   OR lower(email {fold}) = lower(%(text)s {fold})
   OR lower(username {fold}) = lower(%(text)s {fold})
ORDER BY id
