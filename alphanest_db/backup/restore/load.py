"""A dump into an empty database, whatever its format."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.plain.report import ABOUT_DATABASE, PlainReport, Skipped, ViolatedKey
from alphanest_db.backup.plain.restore import restore_plain
from alphanest_db.backup.restore.archive import ArchiveOptions, load_archive
from alphanest_db.backup.restore.compare import Contents, read_contents, refuse_different
from alphanest_db.backup.restore.copying import settings_of
from alphanest_db.backup.restore.dumps import Dump, opened, seekable
from alphanest_db.backup.restore.model import RestoreOptions, RestoreReport, Stage
from alphanest_db.backup.restore.rows import load_rows
from alphanest_db.backup.restore.statistics import analyze
from alphanest_db.backup.restore.streaming import Streamed, streamed
from alphanest_db.backup.restore.watching import LoadWatch
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.units import plural

_SHOWN = 3


@dataclass(frozen=True)
class Loaded:
    """A database that holds what the dump holds; `contents` were compared with the manifest where there is one."""

    contents: Contents
    notes: tuple[str, ...]
    load_seconds: float
    compare_seconds: float


def load_and_compare(
    dump: Dump, target: Target, folder: Path, environ: Mapping[str, str], options: RestoreOptions, report: RestoreReport
) -> Loaded:
    """Load the dump into the target, which is empty, gather statistics, and compare what came with the manifest.

    `folder` is for temporary files. Raises RestoredDiffers where that is not what was backed up, and what loading raises.
    """
    begun = time.monotonic()
    report.stage(Stage.loading, dump.name)
    loaded = load(dump, target, folder, environ, options, report)
    loaded_at = time.monotonic()
    report.stage(Stage.comparing, dump.name)
    contents = read_contents(
        target, jobs=options.jobs, with_hash=dump.has_fingerprints, timeout_seconds=options.timeout_seconds,
        progress=report.table,
    )  # fmt: skip
    refuse_different(dump.manifest, contents)
    return Loaded(contents, notes_on(loaded), loaded_at - begun, time.monotonic() - loaded_at)


def load(
    dump: Dump, target: Target, folder: Path, environ: Mapping[str, str], options: RestoreOptions, report: RestoreReport
) -> PlainReport:
    """Load the dump into the target, which is empty, and gather statistics for the planner."""
    if dump.format is DumpFormat.plain:
        with opened(dump) as stream, session(target, timeout_seconds=options.timeout_seconds) as connection:
            loaded = restore_plain(
                stream, connection, progress=lambda read, _what: report.bytes_read(read, dump.size_bytes)
            )
    else:
        loaded = _load_archive(dump, target, folder, environ, options, report)
    analyze(target, jobs=options.jobs, timeout_seconds=options.timeout_seconds)
    return loaded


def _load_archive(
    dump: Dump, target: Target, folder: Path, environ: Mapping[str, str], options: RestoreOptions, report: RestoreReport
) -> PlainReport:
    """The rows while they are unpacked, over several connections, where that can be; else all of it by pg_restore."""
    how = ArchiveOptions(options.jobs, options.keep_owners, options.timeout_seconds)
    with streamed(dump, folder) as stream:
        if stream:
            return load_archive(
                stream.path, target, environ, archive_version=dump.archive_version, options=how, report=report.load,
                load_rows=partial(_load_rows, stream, target, how),
            )  # fmt: skip
    with seekable(dump, folder) as archive:
        return load_archive(
            archive, target, environ, archive_version=dump.archive_version, options=how, report=report.load
        )


def _load_rows(stream: Streamed, target: Target, how: ArchiveOptions, watch: LoadWatch) -> None:
    load_rows(
        stream.rows, settings_of(stream.contents.entries), target, jobs=how.jobs, timeout_seconds=how.timeout_seconds,
        patience_seconds=how.patience_seconds, watch=watch,
    )  # fmt: skip
    stream.tell_places()


def notes_on(loaded: PlainReport) -> tuple[str, ...]:
    """What the operator should know of how the dump was taken in."""
    about_keys = (_on_key(key) for key in loaded.violated_keys if key.by_partition)
    return (*_left_out(loaded.skipped), *_about_database(loaded.skipped), *about_keys)


def _on_key(key: ViolatedKey) -> str:
    if key.added:
        return f"each partition has the key for itself, and new ones will not: {key.statement}"
    return f"this server cannot keep the violated key: {key.statement}"


def _left_out(skipped: tuple[Skipped, ...]) -> tuple[str, ...]:
    about_roles = [item for item in skipped if "role" in item.reason or "OWNER" in item.statement]
    if not about_roles:
        return ()
    first = "; ".join(f"{item.statement} ({item.reason})" for item in about_roles[:_SHOWN])
    count = plural(len(about_roles), "statement")
    return (f"{count} on owners and grants left out, the objects belong to the user that restored: {first}",)


def _about_database(skipped: tuple[Skipped, ...]) -> tuple[str, ...]:
    statements = [item.statement for item in skipped if item.reason == ABOUT_DATABASE]
    if not statements:
        return ()
    more = f", and {len(statements) - _SHOWN} more" if len(statements) > _SHOWN else ""
    count = plural(len(statements), "statement")
    return (
        f"{count} about databases as such left out, not about their contents: {'; '.join(statements[:_SHOWN])}{more}",
    )
