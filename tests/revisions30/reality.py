"""What a real run of revisions does to a database that is in use, seen from outside: by sessions other than the migrator's.

Nothing here is shared with what makes the plan.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import errors
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from sqlalchemy import Engine, event

from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target

STRENGTH = ("AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
            "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")  # fmt: skip
_LOCKS = """
SELECT l.relation::regclass::text, l.mode, bool_or(NOT l.granted)
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
WHERE a.application_name = 'alphanest migrate' AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm', 'v', 'S')
  AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
GROUP BY 1, 2
"""
_BLOCKING = """
SELECT unnest(pg_blocking_pids(pid)) FROM pg_stat_activity WHERE application_name = 'alphanest migrate'
"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
_FILES = """
SELECT oid, relname, pg_relation_filenode(oid) FROM pg_class
WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace
"""


@dataclass
class Reality:
    """The strongest lock on each table, and the tables that got a new file."""

    locks: dict[str, str] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)


@contextlib.contextmanager
def watching(live: Target) -> Iterator[Reality]:
    """Collects what the run in the block does, while other sessions are in the middle of writing, one to each table.

    A writer ends its transaction when the migrator waits for it, and begins another as soon as it may. Locks are read all the
    time, and once more before each commit of the migrator, which has them all then.
    """
    seen = Reality()
    with contextlib.ExitStack() as stack:
        observer, before_commit = (stack.enter_context(_session(live)) for _ in range(2))
        before = _files(observer)
        tables = [name for (name,) in _fetch(observer, _TABLES)]
        writers = [Writer(table, stack.enter_context(_session(live))) for table in tables]
        over = threading.Event()
        rounds = Rounds()
        thread = threading.Thread(target=_poll, args=(observer, writers, seen, over, rounds), daemon=True)

        def beginning(*_rest: object) -> None:
            rounds.wait_for(2)  # the writers are back from the statement before

        def committing(_connection: object) -> None:
            _collect(before_commit, seen)

        event.listen(Engine, "before_cursor_execute", beginning)
        event.listen(Engine, "commit", committing)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()
            event.remove(Engine, "commit", committing)
            event.remove(Engine, "before_cursor_execute", beginning)
        after = _files(observer)
    seen.rewritten = {name for oid, (name, file) in before.items() if after.get(oid, (name, file))[1] != file}
    made = {name for oid, (name, _file) in after.items() if oid not in before}
    seen.locks = {name: mode for name, mode in seen.locks.items() if name not in made}


@dataclass
class Rounds:
    """How often everything was looked at."""

    count: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self) -> None:
        """One more."""
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until so many more are complete."""
        with self.changed:
            wanted = self.count + more
            self.changed.wait_for(lambda: self.count >= wanted, timeout=5)


@dataclass
class Writer:
    """A session of the application, in the middle of writing to one table."""

    table: str
    connection: Connection

    def begin(self) -> None:
        """Write, unless somebody has the table, or waits for it."""
        self.connection.autocommit = False
        with contextlib.suppress(errors.LockNotAvailable, errors.UndefinedTable), self.connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE ONLY "{self.table}" IN ROW EXCLUSIVE MODE NOWAIT')
            return
        self.connection.rollback()

    @property
    def writes(self) -> bool:
        """Whether a transaction is open."""
        return self.connection.info.transaction_status == TRANSACTION_STATUS_INTRANS


def _poll(observer: Connection, writers: list[Writer], seen: Reality, over: threading.Event, rounds: Rounds) -> None:
    while not over.is_set():
        _collect(observer, seen)
        blocking = {pid for (pid,) in _fetch(observer, _BLOCKING)}
        if blocking:
            _collect(observer, seen)
        for writer in writers:
            if writer.connection.info.backend_pid in blocking:
                writer.connection.rollback()
            if not writer.writes:
                writer.begin()
        rounds.add()


def _collect(observer: Connection, seen: Reality) -> None:
    for name, mode, _waits in _fetch(observer, _LOCKS):
        if STRENGTH.index(mode) > STRENGTH.index(seen.locks.get(name, STRENGTH[0])) or name not in seen.locks:
            seen.locks[name] = mode


def _files(observer: Connection) -> dict[int, tuple[str, int]]:
    return {oid: (name, file) for oid, name, file in _fetch(observer, _FILES)}


def _fetch(connection: Connection, query: str) -> list[Any]:  # Any: rows of any query
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@contextlib.contextmanager
def _session(live: Target) -> Iterator[Connection]:
    with contextlib.closing(connect(live, autocommit=True)) as connection:
        yield connection
