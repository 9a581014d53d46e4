"""Setting what one user's subscription is."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import FoundUser, get_user
from alphanest_db.accounts.paging import read_time
from alphanest_db.accounts.subscriptions.rules import broken_rules_told
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.errors import AlphanestError, InvalidInput
from alphanest_db.models.values import PlanType, SubscriptionStatus

_NO_DATE = "none"
_LONGEST_STRIPE_ID = 255
Values = dict[str, Any]  # Any: what columns take


@dataclass(frozen=True)
class SubscriptionChange:
    """New values for a subscription, as they are typed; None leaves one as it is, `none` is no date and "" no id."""

    status: SubscriptionStatus | None = None
    plan: PlanType | None = None
    next_billing: str | None = None
    stripe_subscription: str | None = None

    def values(self) -> Values:
        """The columns that change. Raises InvalidInput for what cannot be meant, and where nothing does."""
        values: Values = {}
        if self.status is not None:
            values["status"] = self.status.value
        if self.plan is not None:
            values["plan_type"] = self.plan.value
        if self.next_billing is not None:
            values["next_billing_date"] = None if self.next_billing == _NO_DATE else read_time(self.next_billing)
        if self.stripe_subscription is not None:
            values["stripe_subscription_id"] = _stripe_id(self.stripe_subscription)
        if not values:
            raise InvalidInput(
                "nothing to change was given", "Give --status, --plan, --next-billing or --stripe-subscription."
            )
        return values


@dataclass(frozen=True)
class ChangedSubscription:
    """A subscription after a change; `changed` names the columns that hold something else now, all of a new one."""

    id: str
    user_id: str
    username: str
    status: str | None
    plan: str | None
    next_billing_date: datetime | None
    stripe_subscription_id: str | None
    created: bool
    changed: tuple[str, ...]


class NoSubscription(AlphanestError):
    """The user has none."""

    def __init__(self, user: FoundUser) -> None:
        super().__init__(
            f"user {user.username} has no subscription", f"`alphanest subscription set {user.id} --status …` makes one."
        )
        self.user = user


def set_subscription(connection: Connection, text: str, change: SubscriptionChange) -> ChangedSubscription:
    """Give the newest subscription of the user who goes by `text` new values, or make one where there is none.

    Raises UnknownUser and AmbiguousUser, InvalidInput, and AlphanestError where another has the id at Stripe.
    """
    values = change.values()
    user = get_user(connection, text)
    try:
        current = _lock_newest(connection, user)
        return _insert(connection, user, values) if current is None else _update(connection, user, current, values)
    except errors.UniqueViolation as error:
        raise AlphanestError(
            f"another subscription has the id {change.stripe_subscription!r} at Stripe", "Nothing was changed."
        ) from error


def cancel_subscription(connection: Connection, text: str) -> ChangedSubscription:
    """Mark the newest subscription of the user who goes by `text` as cancelled; the date until which it is paid stays.

    Raises NoSubscription, UnknownUser and AmbiguousUser.
    """
    user = get_user(connection, text)
    current = _lock_newest(connection, user)
    if current is None:
        raise NoSubscription(user)
    return _update(connection, user, current, {"status": SubscriptionStatus.cancelled.value})


def _lock_newest(connection: Connection, user: FoundUser) -> Values | None:
    """The newest subscription, which nobody else changes until the transaction ends; the user's row keeps it the newest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM users WHERE id = %s FOR UPDATE", (user.id,))
        cursor.execute(load_sql(__package__, "newest"), {"user_id": user.id})
        row = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description or ()], row, strict=True)) if row else None


def _insert(connection: Connection, user: FoundUser, values: Values) -> ChangedSubscription:
    defaults = {"status": SubscriptionStatus.trial.value, "plan_type": PlanType.monthly.value}
    row = {"id": str(uuid.uuid4()), "user_id": user.id, **defaults, **values}
    columns = sql.SQL(", ").join(name(column) for column in row)
    given = sql.SQL(", ").join(sql.Placeholder(column) for column in row)
    with connection.cursor() as cursor:
        cursor.execute(statement("INSERT INTO subscriptions ({}) VALUES ({})", columns, given), row)
    return _changed(user, row, tuple({**defaults, **values}), created=True)


def _update(connection: Connection, user: FoundUser, current: Values, values: Values) -> ChangedSubscription:
    changed = tuple(column for column, value in values.items() if current[column] != value)
    if changed:
        changes = sql.SQL(", ").join(statement("{} = {}", name(c), sql.Placeholder(c)) for c in changed)
        update = statement("UPDATE subscriptions SET {}, updated_at = pg_catalog.now() WHERE id = %(id)s", changes)
        with broken_rules_told(), connection.cursor() as cursor:
            cursor.execute(update, {**values, "id": current["id"]})
    return _changed(user, {**current, **values}, changed, created=False)


def _changed(user: FoundUser, row: Values, changed: tuple[str, ...], *, created: bool) -> ChangedSubscription:
    return ChangedSubscription(
        row["id"], user.id, user.username, row["status"], row["plan_type"], row.get("next_billing_date"),
        row.get("stripe_subscription_id"), created, changed,
    )  # fmt: skip


def _stripe_id(text: str) -> str | None:
    if len(text) > _LONGEST_STRIPE_ID or not (text.isascii() and text.isprintable()) or " " in text:
        raise InvalidInput("the id at Stripe is not one", "Stripe's ids look like sub_1MowQVLkdIwHu7ixeRlqHVzs.")
    return text or None
