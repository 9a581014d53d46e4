"""Ending what was not paid for in time."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.subscriptions.rules import broken_rules_told
from alphanest_db.database.identifiers import load_sql


@dataclass(frozen=True)
class Overdue:
    """How many subscriptions of a kind are overdue, and since when the oldest."""

    status: str
    plan: str | None
    subscriptions: int
    oldest: datetime


@dataclass(frozen=True)
class Expired:
    """What was set to expired."""

    as_of: datetime
    expired: int


def count_overdue(connection: Connection, as_of: datetime) -> tuple[Overdue, ...]:
    """The trials and active subscriptions whose next bill was due before `as_of`; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "count_overdue"), {"as_of": as_of})
        return tuple(Overdue(*row) for row in cursor)


def expire_overdue(connection: Connection, as_of: datetime) -> Expired:
    """Set them to expired, all in one statement."""
    with broken_rules_told(), connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "expire_overdue"), {"as_of": as_of})
        return Expired(as_of, cursor.rowcount)
