"""One moment of a database, seen by several connections."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import APPLICATION_NAME, place_of, session
from alphanest_db.database.identifiers import literal, statement
from alphanest_db.database.limits import lift_limits
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, UnreachableReason

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# What SET TRANSACTION SNAPSHOT says of one that is gone: since 17, before, and in the moment between.
_GONE = (errors.UndefinedObject, errors.InvalidParameterValue, errors.ObjectNotInPrerequisiteState)


@dataclass(frozen=True)
class Snapshot:
    """A moment that others can look at while `connection` stays in its transaction; `taken_at` by the server's clock."""

    connection: Connection
    id: str
    taken_at: datetime


@contextlib.contextmanager
def exported_snapshot(
    target: Target,
    *,
    timeout_seconds: int = 10,
    lock_timeout_seconds: float = 0,
    application_name: str = APPLICATION_NAME,
) -> Iterator[Snapshot]:
    """A transaction that only reads, and whose snapshot others can take over, `pg_dump --snapshot` too.

    It waits for a locked table for `lock_timeout_seconds`, or without end for 0.
    """
    with session(target, timeout_seconds=timeout_seconds, application_name=application_name) as connection:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN)
            _be_patient(connection, lock_timeout_seconds)
            cursor.execute("SELECT pg_catalog.pg_export_snapshot(), pg_catalog.now()")
            [(snapshot_id, taken_at)] = cursor.fetchall()
        yield Snapshot(connection, snapshot_id, taken_at.astimezone(UTC))


@contextlib.contextmanager
def snapshot_session(
    target: Target, snapshot_id: str, *, timeout_seconds: int = 10, lock_timeout_seconds: float = 0,
    application_name: str = APPLICATION_NAME,
) -> Iterator[Connection]:  # fmt: skip
    """A further connection, in a transaction that sees what the snapshot's sees.

    Raises DatabaseUnreachable where the connection that holds the snapshot was lost, and the snapshot with it.
    """
    with session(target, timeout_seconds=timeout_seconds, application_name=application_name) as connection:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN)
            try:
                cursor.execute(statement("SET TRANSACTION SNAPSHOT {}", literal(snapshot_id)))
            except _GONE as error:
                said = "the connection was lost that held the moment which all were to see"
                raise DatabaseUnreachable(place_of(target), UnreachableReason.other, said, "Try again.") from error
            _be_patient(connection, lock_timeout_seconds)
        yield connection


def _be_patient(connection: Connection, lock_timeout_seconds: float) -> None:
    """A snapshot lives as long as its transaction, and that one idles while others work: behind a pooler too."""
    lift_limits(connection, local=True)
    with connection.cursor() as cursor:
        cursor.execute(statement("SET LOCAL lock_timeout = {}", literal(round(lock_timeout_seconds * 1000))))
