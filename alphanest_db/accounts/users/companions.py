"""What every user has beside the account: a subscription and a booth, as registering makes them, for one user or for many."""

import os

from psycopg2 import sql

from alphanest_db.database.identifiers import literal, statement
from alphanest_db.models.values import PlanType, SubscriptionStatus

Row = dict[str, object]
Expressions = dict[str, sql.Composable]

# The platform's own defaults, written out: a deployed database has none of its own.
_BOOTH: Row = {
    "theme": "cyan", "layout": "grid", "popularity": 0, "reputation": 0, "total_sales": 0, "total_volume": 0.0,
    "items_sold": 0, "active_listings": 0, "total_views": 0,
}  # fmt: skip
_ID_DIGITS = 32
_VARIANTS = str.maketrans("0123456789abcdef", "89ab" * 4)  # the first digit of a UUID's fourth part
_USERNAME = "{username}"
_GREETING = f"Welcome to {_USERNAME}'s booth!"


def new_ids(count: int = 1) -> list[str]:
    """So many new ids, as `uuid.uuid4` makes them. Each question for random bytes gives other threads the turn, so it is one."""
    digits = os.urandom(_ID_DIGITS // 2 * count).hex()
    variants = digits[16::_ID_DIGITS].translate(_VARIANTS)
    return [
        _id(digits[start : start + _ID_DIGITS], variants[start // _ID_DIGITS])
        for start in range(0, len(digits), _ID_DIGITS)
    ]


def _id(digits: str, variant: str) -> str:
    """As `uuid.UUID` writes it, which takes three times as long."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def subscription_row(user_id: str, status: SubscriptionStatus, plan: PlanType, *, id_: str | None = None) -> Row:
    """The subscription of a new user, under a new id unless one is given."""
    return {"id": id_ or new_ids()[0], "user_id": user_id, "status": status, "plan_type": plan}


def booth_row(user_id: str, username: str, *, id_: str | None = None) -> Row:
    """The booth of a new user, under a new id unless one is given."""
    return {"id": id_ or new_ids()[0], "user_id": user_id, "bio": _GREETING.replace(_USERNAME, username), **_BOOTH}


def subscriptions_of_many() -> Expressions:
    """As `subscription_row` makes it for whoever registers, for each user `u` of a query."""
    return _of_many(subscription_row("", SubscriptionStatus.trial, PlanType.monthly))


def booths_of_many() -> Expressions:
    """As `booth_row` makes it, for each user `u` of a query."""
    return _of_many(booth_row("", _USERNAME))


def _of_many(row: Row) -> Expressions:
    """The row with what differs from user to user left to the server."""
    values: Expressions = {column: literal(value) for column, value in row.items()}
    values |= {"id": sql.SQL("pg_catalog.gen_random_uuid()::text"), "user_id": sql.SQL("u.id")}
    if "bio" in row:
        values["bio"] = statement("pg_catalog.replace({}, {}, u.username)", literal(row["bio"]), literal(_USERNAME))
    return values
