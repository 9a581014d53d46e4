"""Advisory locks that let one of us at a time do something to a database."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.databases import maintenance_session
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.pooling import refuse_transaction_pooling
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout

# The first half of the two-part key of all our locks: "anst" in ASCII.
LOCK_CLASS = 0x616E7374
# Of locks on a database's name, held in another database of its server: "anre".
NAME_CLASS = 0x616E7265
MIGRATOR = 1  # held by whoever migrates, on a connection of its own
MIGRATION_WORK = 2  # held by the connection that runs the statements: outlives a killed client until they end
SEEDER = 3
ACCOUNTS = 4  # held for a transaction by whoever gives a user a name
KEY_CHANGER = 5  # held by the connection that changes many API keys
REPAIRER = 6  # held by the connection that repairs rows, or undoes a repair

POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class LockHolder:
    """Who holds a lock, and what they are doing; times are in UTC."""

    pid: int
    user: str
    application_name: str
    client: str
    since: datetime
    statement: str


LockProgress = Callable[[float, LockHolder | None], None]


@contextlib.contextmanager
def advisory_lock(
    target: Target,
    purpose: int,
    *,
    wait_seconds: float,
    timeout_seconds: int = 10,
    progress: LockProgress = lambda _waited, _holder: None,
) -> Iterator[None]:
    """Hold the lock on a connection of its own, which stays out of any transaction.

    The lock is polled: a waiting pg_advisory_lock() deadlocks with CREATE INDEX CONCURRENTLY (flyway issue 1654), and an
    open transaction would block it for ever. Raises LockTimeout, naming the holder, after `wait_seconds`, and Refused behind
    a pooler in transaction mode.
    """
    with session(target, timeout_seconds=timeout_seconds, application_name="alphanest lock") as connection:
        refuse_transaction_pooling(target, connection, timeout_seconds=timeout_seconds)
        acquire(connection, purpose, wait_seconds=wait_seconds, progress=progress)
        yield


@contextlib.contextmanager
def name_lock(
    target: Target,
    *,
    wait_seconds: float,
    timeout_seconds: int = 10,
    progress: LockProgress = lambda _waited, _holder: None,
) -> Iterator[None]:
    """Be the only one who backs up the target, or gives its name to another database; it need not exist.

    The lock is in a maintenance database: one in the database itself would go away with it. Raises LockTimeout and Refused as
    `advisory_lock` does.
    """
    with maintenance_session(target, timeout_seconds=timeout_seconds, application_name="alphanest lock") as connection:
        refuse_transaction_pooling(target, connection, timeout_seconds=timeout_seconds)
        purpose = crc32(target.database.encode()) & 0x7FFFFFFF
        acquire(connection, purpose, lock_class=NAME_CLASS, wait_seconds=wait_seconds, progress=progress)
        yield


def acquire(
    connection: Connection,
    purpose: int,
    *,
    lock_class: int = LOCK_CLASS,
    wait_seconds: float,
    progress: LockProgress = lambda _waited, _holder: None,
) -> None:
    """Take the lock for the rest of the session; the connection must be in autocommit mode.

    Raises LockTimeout, naming the holder, after `wait_seconds`.
    """
    begun = time.monotonic()
    pause = POLL_SECONDS
    while not _try_lock(connection, lock_class, purpose):
        waited = time.monotonic() - begun
        holder = find_holder(connection, purpose, lock_class=lock_class)
        if waited + pause > wait_seconds:
            raise _not_free(holder, waited)
        progress(waited, holder)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)


def lock_for_transaction(connection: Connection, purpose: int) -> None:
    """Take the lock until the transaction ends, waiting for whoever has it.

    For short transactions: a build of an index that runs CONCURRENTLY waits for those who wait here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, purpose))


def find_holder(connection: Connection, purpose: int, *, lock_class: int = LOCK_CLASS) -> LockHolder | None:
    """Who holds the lock in this database, if anybody does; reads only."""
    with connection.cursor() as cursor:
        parameters = {"class": lock_class, "purpose": purpose, "work": MIGRATION_WORK}
        cursor.execute(load_sql(__package__, "lock_holder"), parameters)
        row = cursor.fetchone()
        if row is None:
            return None
        pid, user, application_name, client, since, statement = row
        return LockHolder(pid, user, application_name, client, since.astimezone(UTC), statement)


def _try_lock(connection: Connection, lock_class: int, purpose: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_try_advisory_lock(%s, %s)", (lock_class, purpose))
        row = cursor.fetchone()
        return bool(row and row[0])


def _not_free(holder: LockHolder | None, waited_seconds: float) -> LockTimeout:
    who = (
        f"process {holder.pid} of {holder.user} ({holder.application_name or 'no name'}, {holder.client}), "
        f"since {holder.since:%Y-%m-%d %H:%M:%S} UTC"
        if holder
        else "somebody who is gone now"
    )
    return LockTimeout(
        f"another alphanest is at work on this database and did not finish within {waited_seconds:.0f} s: {who}",
        "Wait longer with --lock-wait, or end that process if it hangs.",
    )
