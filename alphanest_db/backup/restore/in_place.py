"""The restore for a role that may create no database: in the live one, in one transaction, all or nothing.

`pg_restore --clean --single-transaction` cannot do that: it fails on every partitioned table ("cannot drop inherited constraint").
So what is there is dropped here, and the dump's statements follow in the same transaction.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.plain.restore import load_plain
from alphanest_db.backup.plain.source import Readable
from alphanest_db.backup.restore.archive import ArchiveOptions, archive_text
from alphanest_db.backup.restore.beside import restored
from alphanest_db.backup.restore.compare import read_contents_in, refuse_different
from alphanest_db.backup.restore.dumps import Dump, opened, seekable
from alphanest_db.backup.restore.environment import environment_of, keep_environment
from alphanest_db.backup.restore.load import Loaded, notes_on
from alphanest_db.backup.restore.model import Restored, RestoreOptions, RestoreReport, Stage, Way
from alphanest_db.database.connect import connect
from alphanest_db.database.identifiers import literal, load_sql, statement
from alphanest_db.database.locks import MIGRATOR, advisory_lock, name_lock
from alphanest_db.database.target import Target


def restore_in_place(
    live: Target, dump: Dump, folder: Path, environ: Mapping[str, str], *, options: RestoreOptions, report: RestoreReport,
    accept: Callable[[tuple[str, ...]], None] = lambda _revisions: None,
) -> Restored:  # fmt: skip
    """Put what the dump holds in the place of what is in the live database, and commit when all of it is there and equal.

    Locks everything against everybody meanwhile; there is no undo. `accept` is told the restored revisions, and may raise.
    Whatever goes wrong, nothing is changed. Raises LockTimeout where a table is not free in time, and what the other way raises.
    """
    begun = time.monotonic()
    locking = {"wait_seconds": options.lock_wait_seconds, "timeout_seconds": options.timeout_seconds}
    with (
        name_lock(live, progress=report.lock, **locking),  # type: ignore[arg-type] # each of its own type
        advisory_lock(live, MIGRATOR, progress=report.lock, **locking),  # type: ignore[arg-type]
        contextlib.closing(connect(live, timeout_seconds=options.timeout_seconds)) as connection,
        connection,  # commits, or rolls back
    ):
        environment = environment_of(live, timeout_seconds=options.timeout_seconds)
        report.stage(Stage.loading, dump.name)
        empty(connection, lock_timeout_seconds=options.lock_timeout_seconds)
        with _text_of(dump, live, folder, environ, options) as stream:
            loaded = load_plain(
                stream, connection, progress=lambda read, _what: report.bytes_read(read, dump.size_bytes)
            )
        loaded_at = time.monotonic()
        report.stage(Stage.comparing, dump.name)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        contents = read_contents_in([connection], with_hash=dump.has_fingerprints, progress=report.table)
        refuse_different(dump.manifest, contents)
        accept(contents.revisions)
        notes = keep_environment(connection, environment)
    found = Loaded(contents, notes_on(loaded), loaded_at - begun, time.monotonic() - loaded_at)
    return restored(dump, live.database, Way.in_place, found, None, time.monotonic() - begun, notes)


def empty(connection: Connection, *, lock_timeout_seconds: float) -> None:
    """Drop all that the role owns in the database, within the connection's transaction; extensions stay.

    Raises psycopg2's LockNotAvailable where somebody holds a table for longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("SET LOCAL lock_timeout = {}", literal(f"{round(lock_timeout_seconds * 1000)}ms")))
        cursor.execute(load_sql(__package__, "own_objects"))
        for kind, identity in cursor.fetchall():
            # The server itself quoted the identity (pg_identify_object).
            cursor.execute(sql.SQL(f"DROP {kind} IF EXISTS ") + sql.SQL(identity) + sql.SQL(" CASCADE"))
        cursor.execute("SELECT pg_catalog.lo_unlink(m.oid) FROM pg_catalog.pg_largeobject_metadata AS m")


@contextlib.contextmanager
def _text_of(
    dump: Dump, live: Target, folder: Path, environ: Mapping[str, str], options: RestoreOptions
) -> Iterator[Readable]:
    """The dump as statements."""
    if dump.format is DumpFormat.plain:
        with opened(dump) as stream:
            yield stream
        return
    how = ArchiveOptions(1, options.keep_owners, options.timeout_seconds)
    with (
        seekable(dump, folder) as archive,
        archive_text(archive, live, environ, archive_version=dump.archive_version, options=how) as stream,
    ):
        yield stream
