"""Users without a subscription."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Link, RowRule

CHECK = Check(
    name="users-without-subscription",
    summary="Users without a subscription.",
    tags=("integrity", "links", "companions"),
    level=Level.warning,
    why="Registering makes the user, a trial subscription and a booth in one transaction. A user without a subscription was put in"
    " some other way, or lost it, and the platform does not know what to bill or to allow.",
    remedy="Give the user the trial with which everybody begins.",
    rows=(
        RowRule(
            "users",
            "NOT EXISTS (SELECT FROM subscriptions AS s WHERE s.user_id = t.id)",
            "format('user %L has no subscription', t.username)",
            "INSERT INTO subscriptions (id, user_id, status, plan_type)"
            " SELECT gen_random_uuid(), id, 'trial', 'monthly' FROM {table} WHERE {key};",
            link=Link("id", "subscriptions", "user_id"),
            alone=True,
        ),
    ),
)
