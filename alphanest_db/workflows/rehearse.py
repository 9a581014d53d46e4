"""Rehearsing migrations on the live database's data, or on those of a backup."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from alphanest_db.backup.restore.dumps import Dump
from alphanest_db.backup.restore.load import load_and_compare
from alphanest_db.backup.restore.model import RestoreOptions, RestoreReport
from alphanest_db.backup.restore.room import needed_bytes
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, UnreachableReason
from alphanest_db.schema.observing.session_settings import SessionSettings, read_settings
from alphanest_db.schema.rehearsal.model import Progress, Rehearsal
from alphanest_db.schema.rehearsal.rehearse import RehearsalOptions, rehearse, rehearse_live
from alphanest_db.settings import Settings
from alphanest_db.workflows.sources import opened_source


@dataclass(frozen=True)
class BackupSource:
    """A dump that was looked through; `folder` is for temporary files."""

    dump: Dump
    folder: Path
    environ: Mapping[str, str]
    timeout_seconds: int

    @property
    def description(self) -> str:
        """What the copy is one of."""
        return f"the {'backup' if self.dump.manifest else 'dump'} {self.dump.name}"

    @property
    def size_bytes(self) -> int | None:
        """About how large the database will be, where that is known."""
        return needed_bytes(self.dump)

    @property
    def current(self) -> tuple[str, ...] | None:
        """The revisions that the dump stands at."""
        return self.dump.manifest.revisions if self.dump.manifest else None

    def fill(self, scratch: Target, progress: Progress) -> tuple[str, ...]:
        """Restore it, and compare what came with the manifest; raises what restoring raises."""
        options = RestoreOptions(keep_owners=False, timeout_seconds=self.timeout_seconds)
        report = RestoreReport(
            bytes_read=lambda read, of: progress.copying(read, of), table=lambda told: progress.reading(told.table)
        )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        loaded = load_and_compare(self.dump, scratch, self.folder, self.environ, options, report)
        return (*self._left_out(), *loaded.notes)

    def _left_out(self) -> tuple[str, ...]:
        manifest = self.dump.manifest
        if manifest and manifest.schema_only:
            return ("the backup holds no rows",)
        return tuple(
            f"the backup holds no rows of {table}" for table in (manifest.excluded_table_data if manifest else ())
        )


def rehearse_guarded(
    target: Target, settings: Settings, folder: Path, revision: str, environ: Mapping[str, str], standard_input: BinaryIO, *,
    from_backup: str | None = None, options: RehearsalOptions | None = None, progress: Progress | None = None,
) -> Rehearsal:  # fmt: skip
    """The rehearsal on a copy of the target, or of a backup or dump, named as for a restore.

    Raises BackupNotFound, BackupDamaged, RefusedDump, and what rehearsing and restoring raise.
    """
    options = options or RehearsalOptions(timeout_seconds=settings.connect_timeout_seconds)
    if from_backup is None:
        return rehearse_live(target, folder, settings.home, environ, revision, options=options, progress=progress)
    with opened_source(from_backup, settings, target, None, standard_input) as dump:
        source = BackupSource(dump, settings.home, environ, settings.connect_timeout_seconds)
        session_settings = _settings_of(target, settings.connect_timeout_seconds)
        return rehearse(
            target, source, session_settings, folder, settings.home, environ, revision, options=options, progress=progress
        )  # fmt: skip


def _settings_of(target: Target, timeout_seconds: int) -> SessionSettings:
    """Those of the live database, where there is one."""
    try:
        with session(target, timeout_seconds=timeout_seconds) as live:
            return read_settings(live)
    except DatabaseUnreachable as error:
        if error.reason is not UnreachableReason.no_such_database:
            raise
        return ()
