"""Several connections that all see the database as it was at one moment, and from which an error in one place is taken back."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.model import Options
from alphanest_db.database.failures import translate
from alphanest_db.database.identifiers import literal, statement
from alphanest_db.database.snapshots import exported_snapshot, snapshot_session
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable

_NAME = "alphanest check"
# The platform's tables go by their names alone; a role whose path has no public in it means those all the same.
_WITH_PUBLIC = """
SELECT pg_catalog.set_config('search_path',
    pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('search_path'), ''), 'public'), true)
"""
_TRANSACTION_TIMEOUT_SINCE = 170000
# Of four connections each has its own table to read, and a table costs its process a fifth less than it costs several (measured).
# With more jobs than that, the processes help each other.
_MOST_CONNECTIONS = 4
# 64 MB hold the ids of some hundred thousand users in one piece: the joins take half the time that they take with 4 (measured).
# What the server takes for thousands of wrong rows are none or few: a parallel scan is never dearer for sending them.
# And it takes look-ups that hardly ever happen for so dear that reading a whole table in the order of an index seems no worse.
# A scan that would hide rows from us must fail instead; nobody is to wait long for us, or we for others; a compiled query is
# ready later than most of ours are done. A backslash is one, also where a database of long ago says that it begins an escape.
_SETTINGS = (
    ("work_mem", "64MB"),
    ("jit", "off"),
    ("parallel_tuple_cost", "0.01"),
    ("enable_mergejoin", "off"),
    ("row_security", "off"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, YMD"),
    ("standard_conforming_strings", "on"),
)


@dataclass(frozen=True)
class Moment:
    """The connections, and the time on the server's clock that they see."""

    connections: tuple[Connection, ...]
    taken_at: datetime


@contextlib.contextmanager
def one_moment(target: Target, options: Options) -> Iterator[Moment]:
    """A connection for each job up to four, fewer where the server has no more to give; all only read."""
    timeout_seconds = options.connect_timeout_seconds
    with contextlib.ExitStack() as stack:
        snapshot = stack.enter_context(
            exported_snapshot(target, timeout_seconds=timeout_seconds, application_name=_NAME)
        )
        connections = [snapshot.connection]
        with contextlib.suppress(DatabaseUnreachable):
            for _ in range(min(options.jobs, _MOST_CONNECTIONS) - 1):
                another = snapshot_session(target, snapshot.id, timeout_seconds=timeout_seconds, application_name=_NAME)
                connections.append(stack.enter_context(another))
        for connection in connections:
            set_up(connection, options)
        yield Moment(tuple(connections), snapshot.taken_at)


@contextlib.contextmanager
def attempt(connection: Connection) -> Iterator[None]:
    """Whatever happens inside is taken back, with the locks that it took, so that a migration need not wait for the whole run.

    Raises DatabaseUnreachable where the connection is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT attempt")
        try:
            yield
        except psycopg2.Error as error:
            lost = translate(error)
            if connection.closed or isinstance(lost, DatabaseUnreachable):
                raise (lost or error) from error
            raise
        finally:
            if not connection.closed:
                cursor.execute("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")


def set_up(connection: Connection, options: Options) -> None:
    """Let the transaction of a connection look at rows as all checks do: fast, patient as was said, and at every row."""
    further = (
        ("statement_timeout", str(round(options.statement_timeout_seconds * 1000))),
        ("lock_timeout", str(round(options.lock_timeout_seconds * 1000))),
        ("max_parallel_workers_per_gather", str(options.jobs // min(options.jobs, _MOST_CONNECTIONS) - 1)),
        *((("transaction_timeout", "0"),) if connection.server_version >= _TRANSACTION_TIMEOUT_SINCE else ()),
    )
    calls = [
        statement("pg_catalog.set_config({}, {}, true)", literal(setting), literal(value))
        for setting, value in (*_SETTINGS, *further)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement("SELECT {}", sql.SQL(", ").join(calls)))
        cursor.execute(_WITH_PUBLIC)
