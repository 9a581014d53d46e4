"""What a restored database holds, against what its backup's manifest says that it held."""

import contextlib
import queue
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.facts import read_revisions
from alphanest_db.backup.manifest import Manifest
from alphanest_db.backup.restore.moving import Together, in_groups, read_moving, sum_of
from alphanest_db.database.fingerprints import (
    LargeObjectsFingerprint,
    SequenceState,
    TableFingerprint,
    TableProgress,
    list_tables,
    pin_settings,
    read_fingerprints,
    read_large_objects,
    read_sequences,
)
from alphanest_db.database.foreign_keys import ForeignKey, Violation, find_violations, read_foreign_keys
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.snapshots import exported_snapshot, snapshot_session
from alphanest_db.database.target import Target
from alphanest_db.errors import RestoredDiffers

Value = TypeVar("Value")
_REVISIONS = "alembic_version"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was when the backup was taken."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True)
class Contents:
    """What a database in this encoding holds; constraints that are not valid, and rows that violate a foreign key.

    What a restore moves rows between is in `moving`.
    """

    server_version: int
    encoding: str
    tables: tuple[TableFingerprint, ...]
    sequences: tuple[SequenceState, ...]
    large_objects: LargeObjectsFingerprint
    revisions: tuple[str, ...]
    not_valid: tuple[str, ...]
    violations: tuple[Violation, ...]
    moving: tuple[Together, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows all tables hold."""
        return sum(table.rows for table in self.tables)


def read_contents(
    target: Target, *, jobs: int, with_hash: bool = True, timeout_seconds: int = 10,
    progress: TableProgress = lambda _table: None,
) -> Contents:  # fmt: skip
    """Everything that can be compared, read over `jobs` connections; changes nothing."""
    with contextlib.ExitStack() as stack:
        snapshot = stack.enter_context(exported_snapshot(target, timeout_seconds=timeout_seconds))
        others = [
            stack.enter_context(snapshot_session(target, snapshot.id, timeout_seconds=timeout_seconds))
            for _number in range(jobs - 1)
        ]
        return read_contents_in([snapshot.connection, *others], with_hash=with_hash, progress=progress)


def read_contents_in(
    connections: Sequence[Connection], *, with_hash: bool = True, progress: TableProgress = lambda _table: None
) -> Contents:
    """The same over connections that are in a transaction already, and see the same."""
    first = connections[0]
    tables = read_fingerprints(connections, list_tables(first), with_hash=with_hash, progress=progress)
    pin_settings(first)
    keys = [key for key in read_foreign_keys(first) if key.is_enforced]
    objects = read_large_objects(first, with_hash=with_hash)
    violations = _find_violations(connections, keys)
    return Contents(
        first.server_version, read_encoding(first), tuple(tables), tuple(read_sequences(first)), objects,
        read_revisions(first), read_not_valid(first), tuple(violations),
        read_moving(first),
    )  # fmt: skip


def _find_violations(connections: Sequence[Connection], keys: Sequence[ForeignKey]) -> list[Violation]:
    """By key, each connection looking at one after the other."""
    free: queue.SimpleQueue[Connection] = queue.SimpleQueue()
    for connection in connections:
        free.put(connection)

    def look(key: ForeignKey) -> list[Violation]:
        connection = free.get()
        try:
            return list(find_violations(connection, [key]))
        finally:
            free.put(connection)

    with ThreadPoolExecutor(len(connections), thread_name_prefix="keys") as pool:
        return [violation for found in pool.map(look, keys) for violation in found]


def refuse_different(manifest: Manifest | None, found: Contents) -> None:
    """Raises RestoredDiffers where there is a manifest, and the contents are not what it says."""
    differences = compare(manifest, found) if manifest else ()
    if manifest and differences:
        told = [f"{item.what}: {item.found} instead of {item.expected}" for item in differences]
        raise RestoredDiffers(manifest.id, told)


def compare(manifest: Manifest, found: Contents) -> tuple[Difference, ...]:
    """Where the contents are not what the manifest says.

    By fingerprint where the manifest has some and the encoding is the same, else by the number of rows.
    """
    if found.encoding != manifest.encoding:
        manifest = without_fingerprints(manifest)
    return (
        *_compare_revisions(manifest, found), *_compare_tables(manifest, found),
        *_compare_sequences(manifest, found), *_compare_large_objects(manifest, found),
    )  # fmt: skip


def without_fingerprints(manifest: Manifest) -> Manifest:
    """The manifest, with nothing but the numbers of rows and objects."""
    tables = tuple(replace(table, fingerprint=None) for table in manifest.tables)
    objects = replace(manifest.large_objects, fingerprint=None) if manifest.large_objects else None
    return replace(manifest, tables=tables, large_objects=objects)


def read_encoding(connection: Connection) -> str:
    """The database's encoding, in which text is hashed: the fingerprints of two encodings say nothing of each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.getdatabaseencoding()")
        [(encoding,)] = cursor.fetchall()
        return str(encoding)


def read_not_valid(connection: Connection) -> tuple[str, ...]:
    """Constraints that PostgreSQL has not looked at the old rows for: `table.constraint`."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "not_valid"))
        return tuple(f"{table}.{constraint}" for table, constraint in cursor)


def _compare_revisions(manifest: Manifest, found: Contents) -> Iterator[Difference]:
    if manifest.schema_only or any(table.excluded and table.table == _REVISIONS for table in manifest.tables):
        return  # the table is there, without its row
    if sorted(manifest.revisions) != sorted(found.revisions):
        yield Difference("revision", ", ".join(manifest.revisions), ", ".join(found.revisions))


def _compare_tables(manifest: Manifest, found: Contents) -> Iterator[Difference]:
    expected = {(table.schema, table.table): table for table in manifest.tables}
    actual = {(table.schema, table.table): table for table in found.tables}
    yield from _missing("table", expected, actual)
    for group in in_groups(expected.keys() & actual.keys(), found.moving):
        (rows, fingerprint), (rows_found, fingerprint_found) = sum_of(group, expected), sum_of(group, actual)
        what = f"{'table' if len(group.tables) == 1 else 'tables'} {', '.join(map(_dotted, group.tables))}"
        if rows != rows_found:
            yield Difference(what, f"{rows} rows", f"{rows_found} rows")
        elif fingerprint is not None and fingerprint != fingerprint_found:
            yield Difference(what, f"fingerprint {fingerprint}", f"fingerprint {fingerprint_found}")


def _compare_sequences(manifest: Manifest, found: Contents) -> Iterator[Difference]:
    if manifest.schema_only:
        return  # pg_dump leaves them where they begin
    expected = {(item.schema, item.name): item for item in manifest.sequences}
    actual = {(item.schema, item.name): item for item in found.sequences}
    yield from _missing("sequence", expected, actual)
    for key in expected.keys() & actual.keys():
        told, read = expected[key], actual[key]
        if not told.may_be(read.last_value, read.is_called):
            yield Difference(
                f"sequence {_dotted(key)}", _standing(told.last_value, told.is_called),
                _standing(read.last_value, read.is_called),
            )  # fmt: skip


def _compare_large_objects(manifest: Manifest, found: Contents) -> Iterator[Difference]:
    told, read = manifest.large_objects, found.large_objects
    if told is None:
        return
    if told.count != read.count:
        yield Difference("large objects", str(told.count), str(read.count))
    elif told.fingerprint is not None and told.fingerprint != read.fingerprint:
        yield Difference("large objects", f"fingerprint {told.fingerprint}", f"fingerprint {read.fingerprint}")


def _missing(
    kind: str, expected: Mapping[tuple[str, str], Value], actual: Mapping[tuple[str, str], Value]
) -> Iterator[Difference]:
    yield from (Difference(f"{kind} {_dotted(key)}", "there", "missing") for key in _sorted(expected.keys() - actual))
    yield from (Difference(f"{kind} {_dotted(key)}", "none", "there") for key in _sorted(actual.keys() - expected))


def _sorted(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(keys)


def _dotted(key: tuple[str, str]) -> str:
    return ".".join(key)


def _standing(last_value: int, is_called: bool) -> str:
    return f"at {last_value}" if is_called else f"before {last_value}"
