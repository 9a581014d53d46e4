"""Watching a statement that refuses to run in a transaction, and so lets its locks go before it returns."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Sequence

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import connect
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable
from alphanest_db.schema.observing.snapshot import Relation, Snapshot, WatchedLocks, read_locks

_HOLD_SECONDS = 1.0  # longer than any statement on empty tables needs to get to its last lock
_MOST_READERS = 20
_BLOCKERS = "SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(%s))"


@contextlib.contextmanager
def trapped(scratch: Target, pid: int, text: str, relations: Snapshot) -> Iterator[WatchedLocks]:
    """Collects the locks of the backend `pid` while the block runs the statement `text`.

    One session holds SHARE UPDATE EXCLUSIVE on every table, which none of these statements can pass, and one for each table
    that is named holds ACCESS SHARE, which what needs the table for itself can't pass. Each is let go when the statement
    waits for it, and then the statement's request stands in pg_locks. Where no session can be had, nothing is collected.
    """
    tables = [relation for relation in relations.values() if relation.kind == "table"]
    seen: WatchedLocks = {}
    with contextlib.ExitStack() as stack:
        try:
            observer = stack.enter_context(contextlib.closing(connect(scratch, autocommit=True)))
            holders = [stack.enter_context(_holding(scratch, tables, "SHARE UPDATE EXCLUSIVE"))]
            for table in _named_in(text, tables):
                holders.append(stack.enter_context(_holding(scratch, [table], "ACCESS SHARE")))
        except DatabaseUnreachable:
            stack.close()
            yield seen
            return
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(seen, over, holders, observer, pid), daemon=True)
        watcher.start()
        try:
            yield seen
        finally:
            over.set()
            watcher.join()


@contextlib.contextmanager
def _holding(scratch: Target, tables: Sequence[Relation], mode: str) -> Iterator[Connection]:
    with contextlib.closing(connect(scratch)) as holder:
        if tables:
            names = sql.SQL(", ").join(name(table.schema, table.name) for table in tables)
            with holder.cursor() as cursor:
                cursor.execute(statement("LOCK TABLE ONLY {} IN " + mode + " MODE", names))
        yield holder


def _named_in(text: str, tables: Sequence[Relation]) -> list[Relation]:
    words = set(re.findall(r"\w+", text.lower()))
    return [table for table in tables if set(re.findall(r"\w+", table.name.lower())) <= words][:_MOST_READERS]


def _watch(
    seen: WatchedLocks, over: threading.Event, holders: Sequence[Connection], observer: Connection, pid: int
) -> None:
    release_at = time.monotonic() + _HOLD_SECONDS
    with contextlib.suppress(psycopg2.Error):
        while not over.is_set():
            seen.update(dict.fromkeys(read_locks(observer, pid), 0.0))
            blocking = _blocking(observer, pid)
            if blocking:
                seen.update(dict.fromkeys(read_locks(observer, pid), 0.0))
            for holder in holders:
                if holder.info.backend_pid in blocking or time.monotonic() > release_at:
                    holder.rollback()
    for holder in holders:
        holder.rollback()


def _blocking(observer: Connection, pid: int) -> set[int]:
    with observer.cursor() as cursor:
        cursor.execute(_BLOCKERS, (pid,))
        return {row[0] for row in cursor}
