"""Changing what a user is called, whether they may log in, and their password."""

from dataclasses import dataclass, field, fields
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import FoundUser, UnknownUser, get_user
from alphanest_db.accounts.password_policy import require_strong
from alphanest_db.accounts.passwords import hash_password
from alphanest_db.accounts.users.rules import (
    InvalidUser,
    Violation,
    avatar_violations,
    customer_violations,
    email_violations,
    username_violations,
)
from alphanest_db.accounts.users.uniqueness import claim_names, conflicts_told
from alphanest_db.database.identifiers import name, statement
from alphanest_db.errors import InvalidInput
from alphanest_db.settings import Settings


@dataclass(frozen=True)
class UserChange:
    """New values for a user; None leaves one as it is, and an empty Stripe customer takes it away."""

    username: str | None = None
    email: str | None = None
    avatar: str | None = None
    stripe_customer_id: str | None = None


@dataclass(frozen=True)
class ChangedUser:
    """A user after a change; `changed` names the columns that hold something else now."""

    id: str
    username: str
    email: str
    is_active: bool
    changed: tuple[str, ...]


@dataclass(frozen=True)
class PasswordSet:
    """A user who has another password; it is here, and shown this once, only where it was generated."""

    id: str
    username: str
    email: str
    password: str | None = field(repr=False)


_RULES = {
    "username": username_violations, "email": email_violations, "avatar": avatar_violations,
    "stripe_customer_id": customer_violations,
}  # fmt: skip


def update_user(connection: Connection, text: str, change: UserChange) -> ChangedUser:
    """Give the user who goes by `text` new values; the caller's transaction commits them.

    Raises InvalidUser with all rules that are broken, NameTaken, UnknownUser and AmbiguousUser.
    """
    wanted = {item.name: value for item in fields(change) if (value := getattr(change, item.name)) is not None}
    if not wanted:
        raise InvalidInput(
            "nothing to change was given", "Give a new --username, --email, --avatar or --stripe-customer."
        )
    _require_valid(wanted)
    user = get_user(connection, text)
    if "username" in wanted or "email" in wanted:
        username, email = wanted.get("username", user.username), wanted.get("email", user.email)
        claim_names(connection, username=username, email=email, owner_id=user.id)
    values = {column: value or None for column, value in wanted.items()}
    with conflicts_told():
        return _set(connection, user, values)


def set_active(connection: Connection, text: str, *, active: bool) -> ChangedUser:
    """Let the user log in, or no more; all rows stay. Raises UnknownUser and AmbiguousUser."""
    return _set(connection, get_user(connection, text), {"is_active": active})


def set_password(
    connection: Connection, user: FoundUser, password: str, settings: Settings, *, generated: bool = False
) -> PasswordSet:
    """Give the user another password; the old hash is kept nowhere. `generated` gives it back. Raises WeakPassword."""
    require_strong(password, min_length=settings.password_min_length, names=(user.username, user.email))
    hashed = hash_password(password, cost=settings.bcrypt_cost, scheme=settings.password_scheme)
    changed = _set(connection, user, {"hashed_password": hashed})
    return PasswordSet(changed.id, changed.username, changed.email, password if generated else None)


def _require_valid(wanted: dict[str, str]) -> None:
    violations: list[Violation] = []
    for column, value in wanted.items():
        if value or column != "stripe_customer_id":
            violations += _RULES[column](value)
    if violations:
        raise InvalidUser(violations)


def _set(connection: Connection, user: FoundUser, values: dict[str, Any]) -> ChangedUser:  # Any: what columns take
    """Set the columns that hold something else; one that nothing is changed in keeps its time of change."""
    with connection.cursor() as cursor:
        columns = sql.SQL(", ").join(name(column) for column in values)
        cursor.execute(statement("SELECT {} FROM users WHERE id = %s FOR UPDATE", columns), (user.id,))
        row = cursor.fetchone()
        if row is None:
            raise UnknownUser(user.id)
        changed = tuple(column for column, old in zip(values, row, strict=True) if old != values[column])
        if changed:
            changes = sql.SQL(", ").join(statement("{} = {}", name(c), sql.Placeholder(c)) for c in changed)
            update = statement("UPDATE users SET {}, updated_at = pg_catalog.now() WHERE id = %(_id)s", changes)
            cursor.execute(update, {**values, "_id": user.id})
    return ChangedUser(
        user.id, values.get("username", user.username), values.get("email", user.email),
        values.get("is_active", user.is_active), changed,
    )  # fmt: skip
