"""Rows into their tables over several connections, which share those of one large table as well.

pg_restore gives a table to one connection: while the largest is loaded, the others are soon done with the rest, and wait.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

import psycopg2
from psycopg2 import errorcodes
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.restore.copying import copy_of
from alphanest_db.database.cancelling import request_cancel
from alphanest_db.database.connect import cut, session
from alphanest_db.database.failures import primary_message, translate
from alphanest_db.database.target import Target
from alphanest_db.database.unprinted import unprinted
from alphanest_db.errors import AlphanestError, DumpNotRestored, ProgramFailed
from alphanest_db.programs.archive import Entry
from alphanest_db.programs.archive_rows import Rows
from alphanest_db.programs.failures import without_values

_LOOK_SECONDS = 1.0
_ENDING_SECONDS = 2.0
_MOST_WAITING_BYTES = 16 << 20  # a row of a gigabyte waits alone
# As pg_restore sets them, or why: until the swap nobody misses what a crash takes.
_SETTINGS = (
    b"SET synchronous_commit = off; SET row_security = off; SET xmloption = content; SET client_min_messages = warning"
)
# What a dump is the cause of, and not the server's state.
_OF_DUMP = {errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_COLUMN}


def load_rows(
    rows: Iterable[Rows], settings: Sequence[bytes], target: Target, *, jobs: int, timeout_seconds: int,
    patience_seconds: float, watch: Callable[[], object],
) -> None:  # fmt: skip
    """Put the rows into their tables, which are there, over `jobs` connections; each commits for itself.

    Over one connection, and so in their order, where an extension's triggers or foreign keys look at rows as they come.
    `watch` is called every second, and returns what changes while anything goes on. Raises DumpNotRestored, ProgramFailed where
    nothing does, and what reading the rows raises.
    """
    with unprinted(), contextlib.ExitStack() as stack:
        connections = [stack.enter_context(_session(target, settings, timeout_seconds))]
        if not _has_triggers(connections[0]):
            others = (_session(target, settings, timeout_seconds) for _number in range(jobs - 1))
            connections += [stack.enter_context(other) for other in others]
        handed = _Handover()
        with ThreadPoolExecutor(1 + len(connections), thread_name_prefix="rows") as pool:
            work = [pool.submit(handed.run, partial(handed.give, rows))]
            work += [pool.submit(handed.run, partial(_Copier(handed).copy, one)) for one in connections]
            try:
                _wait(work, watch, patience_seconds)
            finally:
                handed.stop()
                _end(work, connections)
    handed.raise_failure()


def _has_triggers(connection: Connection) -> bool:
    """Whether there are any, those of foreign keys included; the dump's own are made after its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger)")
        [(found,)] = cursor.fetchall()
        return bool(found)


class _Stopped(Exception):
    """Somebody else has failed, or nobody wants more."""


class _Handover:
    """Rows on their way from who reads them to those who send them; the first failure of any stops them all."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Rows] = deque()
        self._waiting_bytes = 0
        self._is_over = self._is_stopped = False
        self._failure: BaseException | None = None

    def run(self, work: Callable[[], None]) -> None:
        """Do the work, and keep its failure, unless another one came first."""
        try:
            work()
        except BaseException as error:
            with self._changed:
                self._failure = self._failure or (None if self._is_stopped else error)
            self.stop()

    def stop(self) -> None:
        """Let nobody give or take any more."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def give(self, rows: Iterable[Rows]) -> None:
        """Hand all of them over."""
        for item in rows:
            with self._when(lambda: self._waiting_bytes < _MOST_WAITING_BYTES):
                self._waiting.append(item)
                self._waiting_bytes += len(item.text)
        with self._when(lambda: True):
            self._is_over = True

    def take(self) -> Rows | None:
        """The next rows; None where there are no more."""
        with self._when(lambda: bool(self._waiting) or self._is_over):
            if not self._waiting:
                return None
            item = self._waiting.popleft()
            self._waiting_bytes -= len(item.text)
            return item

    def raise_failure(self) -> None:
        """Raises what came in the way, as what it means."""
        if isinstance(self._failure, psycopg2.Error):
            raise _meaning(self._failure) from self._failure
        if self._failure is not None:
            raise self._failure

    @contextlib.contextmanager
    def _when(self, ready: Callable[[], bool]) -> Iterator[None]:
        """Alone with what waits, once it is ready for that. Raises _Stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or ready())
            if self._is_stopped:
                raise _Stopped
            yield
            self._changed.notify_all()


class _Copier:
    """Sends what it takes; a COPY ends where rows of another table come. Reads as a file does, for psycopg2."""

    def __init__(self, handed: _Handover) -> None:
        self._handed = handed
        self._next: Rows | None = None
        self._entry: Entry | None = None

    def copy(self, connection: Connection) -> None:
        """Until there are no more rows."""
        self._next = self._handed.take()
        while self._next is not None:
            self._entry = self._next.entry
            with connection.cursor() as cursor:
                cursor.copy_expert(copy_of(self._entry), self)  # type: ignore[arg-type] # it only reads

    def read(self, _size: int = -1, /) -> bytes:
        """The next rows of the same table."""
        rows, self._next = self._next or self._handed.take(), None
        if rows is None or rows.entry is self._entry:
            return rows.text if rows else b""
        self._next = rows
        return b""


def _wait(work: Sequence["Future[None]"], watch: Callable[[], object], patience_seconds: float) -> None:
    seen, since = watch(), time.monotonic()
    while wait(work, timeout=_LOOK_SECONDS).not_done:
        now = watch()
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > patience_seconds:
            raise ProgramFailed(
                f"the server took no rows for {patience_seconds:.0f} s",
                1,
                "Is it hanging, or the network gone? Try again.",
            )


def _end(work: Sequence["Future[None]"], connections: Sequence[Connection]) -> None:
    """End what is still at work: the server is asked first, and let go of where it does not answer."""
    if wait(work, timeout=0).not_done:
        threading.Thread(target=_cancel, args=(connections,), name="cancelling", daemon=True).start()
    if wait(work, timeout=_ENDING_SECONDS).not_done:
        for connection in connections:
            cut(connection)


def _cancel(connections: Sequence[Connection]) -> None:
    for connection in connections:
        request_cancel(connection)


@contextlib.contextmanager
def _session(target: Target, settings: Sequence[bytes], timeout_seconds: int) -> Iterator[Connection]:
    with session(target, timeout_seconds=timeout_seconds, application_name="alphanest restore") as connection:
        with connection.cursor() as cursor:
            for setting in (_SETTINGS, *settings):
                cursor.execute(setting)
        yield connection


def _meaning(error: psycopg2.Error) -> AlphanestError:
    """Without the values that the server quotes."""
    known = None if error.pgcode in _OF_DUMP else translate(error)
    return known or DumpNotRestored(
        f"the server took not all rows: {without_values(primary_message(error))}", 0, error.pgcode
    )
