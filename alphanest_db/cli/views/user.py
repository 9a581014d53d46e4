"""How the answers of `alphanest user` look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.accounts.users.change import ChangedUser, PasswordSet
    from alphanest_db.accounts.users.deletion import DeletedUser
    from alphanest_db.accounts.users.listing import ListedUser
    from alphanest_db.accounts.users.login import PasswordCheck
    from alphanest_db.accounts.users.model import RegisteredUser
    from alphanest_db.accounts.users.show import ShownBooth, ShownSubscription, UserDetails
    from alphanest_db.workflows.user_deletion import DeletionPlan

_LISTED = (
    "username", "email", "active", "avatar", "subscription", "plan", "trades", "items", "created", "id",
)  # fmt: skip


def registered_view(user: "RegisteredUser") -> View:
    """Who was registered; secrets in lines of their own, so that no narrow terminal breaks them."""
    lines = [f"registered {user.username} ({user.email}) as {user.id}"]
    parts = [
        f"a {user.status} {user.plan} subscription" if user.subscription_id else "",
        "a booth" if user.booth_id else "",
    ]
    if any(parts):
        lines.append(f"with {' and '.join(part for part in parts if part)}")
    return [Lines([*lines, *_secret("password", user.password), *_secret("API key", user.api_key), _ONCE])]


def changed_view(user: "ChangedUser") -> View:
    """What is different now."""
    if not user.changed:
        return [Lines([f"{user.username} is so already: nothing was changed"])]
    if user.changed == ("is_active",):
        return [Lines([f"{user.username} is {'active' if user.is_active else 'locked out'} now"])]
    return [Lines([f"changed {', '.join(user.changed)} of {user.username} ({user.email})"])]


def password_set_view(user: "PasswordSet") -> View:
    """Whose password is another one."""
    once = [*_secret("password", user.password), _ONCE] if user.password else []
    return [Lines([f"{user.username} ({user.email}) has another password", *once])]


def password_check_view(check: "PasswordCheck") -> View:
    """Whether the password is right; nothing about the user where it is not."""
    if not check.matches:
        return [Lines(["no: wrong password, or no such user"])]
    lines = [f"yes: this is the password of {check.username}"]
    if not check.is_active:
        lines.append("but the account is not active, and cannot log in")
    if check.rehashed:
        lines.append("its hash was out of date, and was made anew")
    if check.out_of_date:
        lines.append("its hash is out of date: --rehash makes it anew")
    return [Lines(lines)]


def users_view(users: Sequence["ListedUser"]) -> Grid:
    """Users, one a row."""
    rows = [
        (u.username, u.email, u.is_active, u.avatar, u.status, u.plan, u.trades, u.items, u.created_at, u.id)
        for u in users
    ]
    return Grid(_LISTED, rows, styles=["" if user.is_active else "dim" for user in users])


def user_view(user: "UserDetails") -> View:
    """One user on one screen."""
    rows = [
        ("user", f"{user.username}  {user.avatar or ''}".strip()),
        ("id", user.id),
        ("email", user.email),
        ("active", user.is_active),
        ("can log in", user.can_log_in),
        ("API key", _key(user)),
        ("Stripe customer", user.stripe_customer_id),
        ("subscription", _subscription(user.subscription, user.subscriptions)),
        ("next bill", user.subscription.next_billing_date if user.subscription else None),
        ("booth", _booth(user.booth)),
        ("items", user.items),
        ("trades", user.trades),
        ("last trade", user.last_trade_at),
        ("last activity", user.last_activity_at),
        ("created", user.created_at),
        ("changed", user.updated_at),
    ]
    return [Grid(("what", "value"), [(what, value) for what, value in rows if value is not None])]


def deletion_view(plan: "DeletionPlan") -> View:
    """Who goes, and what with them."""
    counts = plan.rows
    lines = [
        f"deletes {plan.user.username} ({plan.user.email}, {plan.user.id}) from {plan.environment} {plan.database}"
    ]
    if counts.items_of_others:
        lines.append(f"{plural(counts.items_of_others, 'item')} of others in the booth go too")
    if counts.items_left_behind:
        lines.append(f"{plural(counts.items_left_behind, 'item')} of others will name a creator who is gone")
    grid = Grid(("table", "rows"), [(table.table, table.rows) for table in counts.tables], title="will be lost")
    return [Lines(lines), grid]


def deleted_view(user: "DeletedUser") -> View:
    """Who is gone."""
    exported = [f"everything about them is in {user.export}"] if user.export else []
    return [Lines([f"deleted {user.username} ({user.email}, {user.id})", *exported])]


_ONCE = "Shown this once: no command shows it again."


def _secret(what: str, secret: str | None) -> list[str]:
    return [f"{what}:", f"  {secret}"] if secret else []


def _key(user: "UserDetails") -> str:
    if user.key_storage is None:
        return "none"
    return f"{user.key_prefix}… ({user.key_storage})" if user.key_prefix else "in no form of ours"


def _subscription(subscription: "ShownSubscription | None", count: int) -> str:
    if subscription is None:
        return "none"
    others = f", and {plural(count - 1, 'older one')}" if count > 1 else ""
    return f"{subscription.status or 'no status'}, {subscription.plan or 'no plan'}{others}"


def _booth(booth: "ShownBooth | None") -> str:
    if booth is None:
        return "none"
    counts = f"{booth.active_listings or 0} listed, {booth.items_sold or 0} sold, {booth.total_views or 0} views"
    return f"{booth.theme or 'no theme'}, {booth.layout or 'no layout'}: {counts}"
