"""Exporting: every file of one moment, some at once, and all of them or none."""

import contextlib
import queue
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.cancelling import request_cancel
from alphanest_db.database.snapshots import Snapshot, exported_snapshot, snapshot_session
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput
from alphanest_db.exporting.choices import ExportFormat
from alphanest_db.exporting.folder import unfinished_folder
from alphanest_db.exporting.sources import Source, explaining_query, query_source, table_sources
from alphanest_db.exporting.writing import Write, write_file, writer_of

_APPLICATION = "alphanest export"
_TELL_SECONDS = 0.2
_END_SECONDS = 0.05
_SETTINGS = """
SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'
"""
# Rows that a policy would hide make the export fail, and not short.
_ALL_ROWS = "SET LOCAL row_security = off"


@dataclass(frozen=True)
class ExportOrder:
    """What was asked for: `tables` are patterns, none for all; or a query, whose file is called `name`."""

    format: ExportFormat = ExportFormat.csv
    tables: tuple[str, ...] = ()
    query: str | None = None
    name: str = "query"
    with_secrets: bool = False
    force: bool = False
    jobs: int = 1
    lock_timeout_seconds: float = 30
    timeout_seconds: int = 10


@dataclass(frozen=True)
class ExportedFile:
    """One file; `left_out` are columns of secrets that are not in it."""

    source: str
    file: str
    rows: int
    size_bytes: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """What was exported, all of it as it was at one moment."""

    database: str
    folder: Path
    format: ExportFormat
    snapshot_at: datetime
    files: tuple[ExportedFile, ...]


@dataclass(frozen=True)
class ExportProgress:
    """How far an export is."""

    files: int
    of_files: int
    size_bytes: int


Report = Callable[[ExportProgress], None]


def export(target: Target, folder: Path, order: ExportOrder, *, report: Report = lambda _progress: None) -> Export:
    """Write a file for each table, or one for the query; all of them are in the folder in the end, or none is.

    Raises InvalidInput for what cannot be exported, AlphanestError where the files cannot be written or a library is missing, and
    psycopg2's errors, such as InsufficientPrivilege.
    """
    if order.query is not None and order.tables:
        raise InvalidInput("--query and --table exclude each other", "Choose one of them.")
    write = writer_of(order.format)
    with exported_snapshot(
        target, timeout_seconds=order.timeout_seconds, lock_timeout_seconds=order.lock_timeout_seconds,
        application_name=_APPLICATION,
    ) as snapshot:  # fmt: skip
        _settle(snapshot.connection, order)
        sources = _sources(snapshot.connection, order)
        names = {source: f"{source.file_stem}.{order.format.suffix}" for source in sources}
        with unfinished_folder(folder, names.values(), force=order.force) as scratch:
            paths = {source: scratch / names[source] for source in sources}
            with (
                _connections(target, snapshot, min(order.jobs, len(sources)), order) as connections,
                _explaining(order),
            ):
                rows = _write_all(write, connections, paths, report)
            files = [_exported(source, paths[source], rows[source]) for source in sources]
    return Export(
        target.database, folder, order.format, snapshot.taken_at, tuple(sorted(files, key=lambda file: file.source))
    )


def _sources(connection: Connection, order: ExportOrder) -> list[Source]:
    if order.query is not None:
        return [query_source(connection, order.query, order.name, with_secrets=order.with_secrets)]
    return table_sources(connection, order.tables, with_secrets=order.with_secrets)


def _explaining(order: ExportOrder) -> contextlib.AbstractContextManager[None]:
    return explaining_query() if order.query is not None else contextlib.nullcontext()


def _settle(connection: Connection, order: ExportOrder) -> None:
    """The same text for the same value, whatever the server, the database or the role are set to."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        if order.query is None:
            cursor.execute(_ALL_ROWS)


@contextlib.contextmanager
def _connections(target: Target, snapshot: Snapshot, count: int, order: ExportOrder) -> Iterator[list[Connection]]:
    with contextlib.ExitStack() as stack:
        others = [
            stack.enter_context(
                snapshot_session(
                    target, snapshot.id, timeout_seconds=order.timeout_seconds,
                    lock_timeout_seconds=order.lock_timeout_seconds, application_name=_APPLICATION,
                )
            )
            for _number in range(count - 1)
        ]  # fmt: skip
        for connection in others:
            _settle(connection, order)
        yield [snapshot.connection, *others]


def _write_all(
    write: Write, connections: Sequence[Connection], paths: dict[Source, Path], report: Report
) -> dict[Source, int]:
    """How many rows each source had; the first error of any ends them all."""
    free: queue.SimpleQueue[Connection] = queue.SimpleQueue()
    for connection in connections:
        free.put(connection)

    def work(source: Source) -> int:
        connection = free.get()
        try:
            return write_file(write, connection, source.select, paths[source])
        finally:
            free.put(connection)

    with ThreadPoolExecutor(len(connections), thread_name_prefix="export") as pool:
        tasks = {source: pool.submit(work, source) for source in paths}
        try:
            _watch(tasks, paths, report)
            return {source: task.result() for source, task in tasks.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end(connections, tasks.values())
            raise


def _end(connections: Sequence[Connection], tasks: "Collection[Future[int]]") -> None:
    """Until all have ended: one that is between two statements hears of no cancelling, but finds its cursor gone."""
    while running := [task for task in tasks if not task.done()]:
        for connection in connections:
            request_cancel(connection)
            with contextlib.suppress(psycopg2.Error):
                connection.rollback()
        wait(running, timeout=_END_SECONDS)


def _watch(tasks: "dict[Source, Future[int]]", paths: dict[Source, Path], report: Report) -> None:
    """Until all are done, or one has failed."""
    while True:
        done, others = wait(tasks.values(), timeout=_TELL_SECONDS, return_when=FIRST_EXCEPTION)
        if not others or any(task.exception() for task in done):
            return
        size_bytes = sum(path.stat().st_size for path in paths.values() if path.exists())
        report(ExportProgress(len(done), len(tasks), size_bytes))


def _exported(source: Source, path: Path, rows: int) -> ExportedFile:
    return ExportedFile(source.name, path.name, rows, path.stat().st_size, source.left_out)
