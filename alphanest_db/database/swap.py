"""One database takes the place of another: two renames in one transaction.

Killed at any moment, the name leads to exactly the old or the new one. PostgreSQL renames only a database in which nobody is,
and looks for five seconds; a second connection ends the sessions that there are, and those that come again, meanwhile. New
ones wait for the transaction, and are told once to try again.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.databases import LONGEST_NAME_BYTES, maintenance_session
from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, Refused

_KEPT = "_before_%Y%m%d_%H%M%S"
_KEPT_LENGTH = len("_before_20261124_093015")
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True)
class Swapped:
    """`live` is the new one now; the one before goes by the name `kept`, None where there was none."""

    live: str
    kept: str | None
    ended_sessions: int
    outage_seconds: float


@dataclass(frozen=True)
class SwapFacts:
    """Whether a role can rename a database, and what would be in the way or stay behind."""

    is_superuser: bool
    may_create: bool
    owns: bool
    prepared_transactions: tuple[str, ...]
    replication_slots: tuple[str, ...]
    subscriptions: tuple[str, ...]
    cannot_end: tuple[str, ...]


def kept_name(connection: Connection, database: str, now: datetime) -> str:
    """The name for the database that makes room, one that is free; Raises Refused where PostgreSQL would cut it."""
    if len(database.encode()) + _KEPT_LENGTH > LONGEST_NAME_BYTES:
        raise Refused(
            f"the name {database!r} is too long to keep the old database beside the new one",
            f"PostgreSQL's names have {LONGEST_NAME_BYTES} bytes at most: rename the database to one of up to "
            f"{LONGEST_NAME_BYTES - _KEPT_LENGTH}, or restore a copy with --into.",
        )
    while exists(connection, kept := database + now.strftime(_KEPT)):
        now += timedelta(seconds=1)
    return kept


def kept_at(database: str, kept: str) -> datetime | None:
    """When a database of this name made room for `database`; None where it is none of ours.

    >>> kept_at("nest", "nest_before_20261124_093015"), kept_at("nest", "nest_before_2020")
    (datetime.datetime(2026, 11, 24, 9, 30, 15, tzinfo=datetime.timezone.utc), None)
    """
    try:
        found = datetime.strptime(f"{kept.removeprefix(database)} +0000", f"{_KEPT} %z")
    except ValueError:
        return None
    return found if database + found.strftime(_KEPT) == kept else None


def exists(connection: Connection, database: str) -> bool:
    """Is there a database of this name on the connection's server?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_catalog.pg_database WHERE datname = %s", (database,))
        return cursor.fetchone() is not None


def read_swap_facts(connection: Connection, database: str) -> SwapFacts | None:
    """What is to be known before a database is renamed; None where there is no such database. Reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "swap_facts"), {"database": database})
        row = cursor.fetchone()
    return SwapFacts(*row[:3], *(tuple(names or ()) for names in row[3:])) if row else None


def refuse_if_in_the_way(database: str, facts: SwapFacts) -> None:
    """Raises Refused where the database cannot be swapped, or something precious would silently stay with the old one."""
    if not facts.owns:
        raise Refused(f"the database {database!r} can be renamed by its owner only", "Connect as its owner.")
    for what, names, hint in (
        ("prepared transactions", facts.prepared_transactions, "Commit or roll them back first (COMMIT PREPARED)."),
        ("logical replication slots", facts.replication_slots, "They would follow the old one: drop them first."),
        ("subscriptions", facts.subscriptions, "They would go on filling the old one: drop or disable them first."),
        ("sessions of others that you may not end:", facts.cannot_end, "Connect as a superuser, or have them leave."),
    ):
        if names:
            raise Refused(f"the database {database!r} has {what} {', '.join(names)}", hint)


def swap(target: Target, incoming: str, kept: str | None, *, timeout_seconds: int = 10) -> Swapped:
    """Give `incoming` the name of the target's database, which goes by `kept` from then on; None where there is none yet.

    Ends all sessions in both. Raises Refused where the server does not let us, and changes nothing then.
    """
    with (
        maintenance_session(target, timeout_seconds=timeout_seconds) as renaming,
        maintenance_session(target, timeout_seconds=timeout_seconds) as ending,
    ):
        renames = [(target.database, kept)] if kept else []
        renames.append((incoming, target.database))
        begun = time.monotonic()
        try:
            with _ended_sessions(ending, [target.database, incoming]) as ended:
                _rename(renaming, renames)
        except errors.ObjectInUse as error:
            raise _in_use(target.database, error) from error
        except (errors.InvalidCatalogName, errors.DuplicateDatabase, errors.InsufficientPrivilege) as error:
            raise Refused(f"the databases cannot be renamed: {primary_message(error)}") from error
        return Swapped(target.database, kept, sum(ended), time.monotonic() - begun)


def _rename(connection: Connection, renames: list[tuple[str, str]]) -> None:
    connection.autocommit = False
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")  # what was loaded before must be on disk as well
        for old, new in renames:
            cursor.execute(statement("ALTER DATABASE {} RENAME TO {}", name(old), name(new)))


@contextlib.contextmanager
def _ended_sessions(connection: Connection, databases: list[str]) -> Iterator[list[int]]:
    """While the body runs, sessions in these databases are ended as they come; yields how many, round by round."""
    done = threading.Event()
    ended: list[int] = []

    def end_them() -> None:
        with contextlib.suppress(psycopg2.Error):  # the rename then says what is in its way
            while not done.is_set():
                with connection.cursor() as cursor:
                    cursor.execute(load_sql(__package__, "end_sessions"), {"databases": databases})
                    ended.extend(row[0] for row in cursor)
                done.wait(_PAUSE_SECONDS)

    thread = threading.Thread(target=end_them, name="end sessions", daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        done.set()
        thread.join()


def _in_use(database: str, error: psycopg2.Error) -> AlphanestError:
    detail = error.diag.message_detail or primary_message(error)
    return Refused(
        f"the database {database!r} could not be renamed, others are in it: {detail.rstrip('.')}",
        "Nothing was changed. Stop what connects again and again, such as a replication worker, and try again.",
    )
