"""Taking a backup: one snapshot, dumped and counted at once, and kept as a whole or not at all."""

import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

import alphanest_db
from alphanest_db.backup.complete import Backup
from alphanest_db.backup.contents import Contents, contents_of_schema, reading_contents, sequence_contents
from alphanest_db.backup.dumping import DumpJob, DumpProgress, run_dump
from alphanest_db.backup.failing import explained, not_free
from alphanest_db.backup.global_objects import dump_globals
from alphanest_db.backup.manifest import BackupFile, Manifest, new_id
from alphanest_db.backup.options import BackupOptions
from alphanest_db.backup.source import Source, look_at, sequences_of
from alphanest_db.backup.space import estimate_bytes, has_plenty, require_room
from alphanest_db.backup.store import Store, UnfinishedBackup
from alphanest_db.database.admin import read_environment
from alphanest_db.database.connect import place_of, session
from alphanest_db.database.exclusive import ExclusiveHolder, exclusive_holders
from alphanest_db.database.fingerprints import (
    TableFingerprint,
)
from alphanest_db.database.locks import LockProgress, name_lock
from alphanest_db.database.scratch import drop_forgotten
from alphanest_db.database.snapshots import Snapshot, exported_snapshot
from alphanest_db.database.target import Target
from alphanest_db.programs.find import major_version
from alphanest_db.settings import Environment

_APPLICATION = "alphanest backup"
_TELL_SECONDS = 0.1
_FIRST_SECONDS = 0.5


@dataclass(frozen=True)
class BackupProgress:
    """How far a backup is: tables and bytes from pg_dump, bytes in the files, and tables that were counted."""

    dump: DumpProgress
    tables: int
    table_size_bytes: int
    counted_tables: int


@dataclass
class BackupReport:
    """Where a backup tells what is going on."""

    lock: LockProgress = lambda _waited, _holder: None
    progress: Callable[[BackupProgress], None] = lambda _progress: None
    held: Callable[[float, ExclusiveHolder], None] = lambda _waited, _holder: None
    cleaned: Callable[[tuple[str, ...]], None] = lambda _ids: None


def create_backup(
    target: Target, store: Store, options: BackupOptions, environ: Mapping[str, str], *,
    environment: Environment, now: datetime, report: BackupReport | None = None,
) -> Backup:  # fmt: skip
    """A complete backup in the store, or none: whatever goes wrong, nothing of it is left.

    Reads the database in one snapshot, and holds its tables against DDL meanwhile (ACCESS SHARE). `environment` is the
    configured one. Raises LockTimeout, Refused where the role would not see all rows, ProgramNotFound, NoRoom,
    DatabaseUnreachable, ProgramFailed, and AlphanestError where the backup cannot be written.
    """
    report = report or BackupReport()
    begun = time.monotonic()
    timeout_seconds = options.connect_timeout_seconds
    with (
        name_lock(
            target, wait_seconds=options.lock_wait_seconds, timeout_seconds=timeout_seconds, progress=report.lock
        ),
        explained(target, store.folder, options.lock_timeout_seconds),
    ):
        report.cleaned(store.clean())
        drop_forgotten(target, timeout_seconds=timeout_seconds)
        with session(target, timeout_seconds=timeout_seconds, application_name=_APPLICATION) as connection:
            environment = environment.stricter(read_environment(connection))
            _wait_for_tables(connection, options, report)
        with exported_snapshot(
            target, timeout_seconds=timeout_seconds, lock_timeout_seconds=options.lock_timeout_seconds,
            application_name=_APPLICATION,
        ) as snapshot:  # fmt: skip
            source = look_at(snapshot, options)
            _require_room(store, source, target, options)
            with store.new(new_id(target.database, now, secrets.token_hex(2))) as unfinished:
                job = _job(source, snapshot, target, environ, options)
                files, contents = _dump_and_count(job, source, snapshot, unfinished, report)
                if options.include_globals:
                    major = major_version(source.facts.server_version)
                    files += (dump_globals(job, major, unfinished.folder, needs_tls=source.needs_tls),)
                made = _manifest(job, source, snapshot, files, contents)
                seconds = round(time.monotonic() - begun, 3)
                return unfinished.complete(
                    replace(made, id=unfinished.id, environment=environment, duration_seconds=seconds)
                )


def _manifest(
    job: DumpJob, source: Source, snapshot: Snapshot, files: tuple[BackupFile, ...], contents: Contents
) -> Manifest:
    """All but what is known at the end."""
    target, options, facts = job.target, job.options, source.facts
    return Manifest(
        id="", environment=Environment.development, duration_seconds=0, alphanest_version=alphanest_db.__version__,
        database=target.database, place=place_of(target), user=target.user, encoding=facts.encoding,
        properties=source.properties, server_version=facts.server_version, tool_version=source.program.exact_version(),
        snapshot_at=snapshot.taken_at, revisions=facts.revisions, format=options.format, compression=options.compression,
        jobs=options.jobs, schema_only=options.schema_only, excluded_table_data=options.exclude_table_data,
        note=options.note, globals_included=options.include_globals, lacking=facts.lacking, files=files,
        tables=contents.tables, large_objects=contents.large_objects,
        sequences=sequence_contents(source.sequences, sequences_of(snapshot, options)),
        table_size_bytes=source.table_size_bytes, database_size_bytes=facts.size_bytes,
    )  # fmt: skip


def _wait_for_tables(connection: Connection, options: BackupOptions, report: BackupReport) -> None:
    """Until nobody holds a table or view so that it cannot be read; pg_dump would wait for a view without end."""
    begun = time.monotonic()
    while holders := exclusive_holders(connection):
        waited = time.monotonic() - begun
        if waited > options.lock_timeout_seconds:
            raise not_free(holders, options.lock_timeout_seconds)
        report.held(waited, holders[0])
        time.sleep(_TELL_SECONDS)


def _require_room(store: Store, source: Source, target: Target, options: BackupOptions) -> None:
    if not options.schema_only and not has_plenty(store.folder, source.table_size_bytes):
        earlier = store.list().backups  # it takes 70 ms to get ready to read them
        needed = estimate_bytes(source.table_size_bytes, target.database, options.compression, earlier)
        require_room(store.folder, needed)


def _job(
    source: Source, snapshot: Snapshot, target: Target, environ: Mapping[str, str], options: BackupOptions
) -> DumpJob:
    return DumpJob(source.program, target, environ, snapshot.id, source.facts.encoding, source.excluded, options)


def _dump_and_count(
    job: DumpJob, source: Source, snapshot: Snapshot, unfinished: UnfinishedBackup, report: BackupReport
) -> tuple[tuple[BackupFile, ...], Contents]:
    ticker = _Ticker(source, report)
    if job.options.schema_only:
        return run_dump(replace(job, tick=ticker.tell), unfinished.folder), contents_of_schema(source.tables)
    with reading_contents(
        job.target, snapshot, source.tables, source.excluded, job.options, progress=ticker.counted
    ) as reading:
        files = run_dump(replace(job, tick=ticker.watching(reading)), unfinished.folder)
        while not wait([reading], timeout=_TELL_SECONDS).done:
            ticker.tell(ticker.dump)
        return files, reading.result()


class _Ticker:
    """Tells how far things are, ten times a second at most."""

    def __init__(self, source: Source, report: BackupReport) -> None:
        self.dump = DumpProgress()
        self._source = source
        self._report = report
        self._counted = 0
        self._has_told = False
        self._told = time.monotonic()  # a short backup has nothing to tell

    def counted(self, _table: TableFingerprint) -> None:
        """One more table was counted; called from other threads."""
        self._counted += 1

    def watching(self, reading: "Future[Contents]") -> Callable[[DumpProgress], None]:
        """Tells, and raises what ended the reading of the contents: then the dump need not go on."""

        def tick(dump: DumpProgress) -> None:
            self.tell(dump)
            if reading.done():
                reading.result()

        return tick

    def tell(self, dump: DumpProgress) -> None:
        """Tell, unless that was done a moment ago."""
        self.dump = dump
        if time.monotonic() - self._told > (_TELL_SECONDS if self._has_told else _FIRST_SECONDS):
            self._told, self._has_told = time.monotonic(), True
            tables = len(self._source.tables) - len(self._source.excluded)
            self._report.progress(BackupProgress(dump, tables, self._source.table_size_bytes, self._counted))
