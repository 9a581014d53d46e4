"""Subscriptions page by page, or all of them in one stream."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import get_user
from alphanest_db.accounts.paging import FIRST_TIME, LAST_TIME, Page, PageRequest, Position, read_time, stream_rows
from alphanest_db.database.identifiers import load_sql, statement
from alphanest_db.models.values import PlanType, SubscriptionStatus


@dataclass(frozen=True)
class SubscriptionFilter:
    """Which subscriptions are wanted; all conditions hold at once, None is none."""

    status: SubscriptionStatus | None = None
    plan: PlanType | None = None
    due_before: datetime | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class ListedSubscription:
    """One subscription and whose it is."""

    id: str
    user_id: str
    username: str
    email: str
    status: str | None
    plan: str | None
    next_billing_date: datetime | None
    stripe_subscription_id: str | None
    created_at: datetime | None


_CONDITIONS = {
    "status": "status = %(status)s",
    "plan": "plan_type = %(plan)s",
    "due_before": "next_billing_date < %(due_before)s",
    "user_id": "user_id = %(user_id)s",
}
_AFTER = "(greatest(least(next_billing_date, %(last_time)s), %(first_time)s), id) > (%(key)s::timestamptz, %(id)s)"


def read_filter(
    connection: Connection, *, user: str | None, status: SubscriptionStatus | None, plan: PlanType | None,
    due_before: str | None,
) -> SubscriptionFilter:  # fmt: skip
    """The conditions as they are typed. Raises InvalidInput, UnknownUser and AmbiguousUser."""
    due = None if due_before is None else read_time(due_before)
    return SubscriptionFilter(status, plan, due, None if user is None else get_user(connection, user).id)


def list_subscriptions(
    connection: Connection, wanted: SubscriptionFilter, page: PageRequest
) -> Page[ListedSubscription]:
    """The subscriptions of a page, or all, the next to be billed first, those without a date last; one query."""
    parameters = {field: value for field in _CONDITIONS if (value := getattr(wanted, field)) is not None}
    conditions = [statement(_CONDITIONS[field]) for field in parameters] + ([statement(_AFTER)] if page.after else [])
    query = statement(load_sql(__package__, "list"), conditions=sql.SQL(" AND ").join([statement("true"), *conditions]))
    parameters |= {"first_time": FIRST_TIME, "last_time": LAST_TIME}
    rows = (ListedSubscription(*row) for row in stream_rows(connection, query, parameters, page))
    return Page(rows, page.limit, lambda found: Position.at(found.next_billing_date or LAST_TIME, found.id))
