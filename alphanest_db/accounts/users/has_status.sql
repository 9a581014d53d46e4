-- A condition on a user: the newest subscription has the status.
EXISTS (
    SELECT FROM subscriptions AS newest
    WHERE newest.user_id = users.id AND newest.status = %(status)s AND NOT EXISTS (
        SELECT FROM subscriptions AS newer
        WHERE newer.user_id = newest.user_id
          AND (coalesce(newer.created_at, '-infinity'), newer.id) > (coalesce(newest.created_at, '-infinity'), newest.id)
    )
)
