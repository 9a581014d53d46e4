"""Counts and fingerprints of what is being dumped, in the same snapshot, beside pg_dump."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.manifest import LargeObjects, SequenceContent, TableContent
from alphanest_db.backup.options import BackupOptions
from alphanest_db.database.cancelling import request_cancel
from alphanest_db.database.fingerprints import (
    DumpableTable,
    SequenceState,
    TableProgress,
    read_fingerprints,
    read_large_objects,
)
from alphanest_db.database.snapshots import Snapshot, snapshot_session
from alphanest_db.database.target import Target

# Reading and hashing a table takes a third of the time that dumping it takes.
_JOBS_PER_READER = 3


@dataclass(frozen=True)
class Contents:
    """What the dump holds."""

    tables: tuple[TableContent, ...]
    large_objects: LargeObjects | None


@contextlib.contextmanager
def reading_contents(
    target: Target, snapshot: Snapshot, tables: Sequence[DumpableTable], excluded: Sequence[DumpableTable],
    options: BackupOptions, *, progress: TableProgress = lambda _table: None,
) -> Iterator["Future[Contents]"]:  # fmt: skip
    """The contents, read while somebody else works; on leaving with an error, the reading is ended.

    It keeps to connections of its own, and does without parallel workers, which would take the server's time from the dump.
    """
    with contextlib.ExitStack() as stack:
        readers = 1 + (options.jobs - 1) // _JOBS_PER_READER
        connections = [stack.enter_context(_session(target, snapshot, options)) for _number in range(readers)]
        pool = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="contents"))
        try:
            yield pool.submit(_read, connections, tables, excluded, options, progress)
        except BaseException:
            for connection in connections:
                request_cancel(connection)
            raise


def contents_of_schema(tables: Sequence[DumpableTable]) -> Contents:
    """What a dump without rows holds."""
    return Contents(tuple(TableContent(table.schema, table.table, None) for table in tables), None)


def sequence_contents(before: Sequence[SequenceState], after: Sequence[SequenceState]) -> tuple[SequenceContent, ...]:
    """Where the sequences stood before and after the dump; one that is gone meanwhile stayed where it was."""
    later = {(item.schema, item.name): item for item in after}
    pairs = [(item, later.get((item.schema, item.name), item)) for item in before]
    return tuple(
        SequenceContent(old.schema, old.name, old.last_value, old.is_called, new.last_value, new.is_called)
        for old, new in pairs
    )


def _read(
    connections: Sequence[Connection], tables: Sequence[DumpableTable], excluded: Sequence[DumpableTable],
    options: BackupOptions, progress: TableProgress,
) -> Contents:  # fmt: skip
    wanted = [table for table in tables if table not in excluded]
    read = read_fingerprints(connections, wanted, with_hash=options.fingerprints, progress=progress)
    contents = [TableContent(item.schema, item.table, item.rows, item.fingerprint) for item in read]
    contents += [TableContent(item.schema, item.table, None, excluded=True) for item in excluded]
    objects = read_large_objects(connections[0], with_hash=options.fingerprints)
    in_order = sorted(contents, key=lambda item: (item.schema, item.table))
    return Contents(tuple(in_order), LargeObjects(objects.count, objects.fingerprint))


@contextlib.contextmanager
def _session(target: Target, snapshot: Snapshot, options: BackupOptions) -> Iterator[Connection]:
    with snapshot_session(
        target, snapshot.id, timeout_seconds=options.connect_timeout_seconds,
        lock_timeout_seconds=options.lock_timeout_seconds, application_name="alphanest backup",
    ) as connection:  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        yield connection
