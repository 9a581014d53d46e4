"""From what the user typed to a dump that may be read: every byte of it is as it was written, or it was looked through."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.complete import Backup, is_there, open_backup
from alphanest_db.backup.foreign.opening import open_dump
from alphanest_db.backup.holding import reading
from alphanest_db.backup.manifest import NAME
from alphanest_db.backup.restore.dumps import Dump, dump_of, dump_of_others
from alphanest_db.backup.restore.model import RestoreReport, Stage
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from alphanest_db.errors import BackupNotFound
from alphanest_db.settings import Settings

BACKUPS = "backups"
STANDARD_INPUT = "-"


@contextlib.contextmanager
def opened_source(
    wanted: str, settings: Settings, target: Target, folder: Path | None, standard_input: BinaryIO, *,
    report: RestoreReport | None = None,
) -> Iterator[Dump]:  # fmt: skip
    """The dump that was meant: a backup's, which nobody removes meanwhile, or that of a file, a folder, or standard input.

    Raises BackupNotFound, BackupDamaged before any other program reads a byte, RefusedDump and NotRestorable.
    """
    report = report or RestoreReport()
    is_piped = wanted == STANDARD_INPUT
    backup = None if is_piped else find_backup(wanted, Store(folder or settings.home / BACKUPS), target.database)
    if backup:
        with checked(backup, report):
            yield dump_of(backup)
        return
    with open_dump(None if is_piped else Path(wanted), settings.home, standard_input, thorough=False) as opened:
        yield dump_of_others(opened, "standard input" if is_piped else wanted)


def find_backup(wanted: str, store: Store, database: str) -> Backup | None:
    """The backup that goes by the name or lies at the path; None for a dump of others. A word is a backup's name first.

    Raises BackupNotFound where there is no such file either, and what `Store.get` raises.
    """
    path = Path(wanted)
    if os.sep not in wanted:
        try:
            return store.get(wanted, database=database)
        except BackupNotFound:
            if not (wanted and path.exists()):
                raise
    return open_backup(path) if is_there(path / NAME) else None


@contextlib.contextmanager
def checked(backup: Backup, report: RestoreReport) -> Iterator[None]:
    """The backup, every byte of which is as it was written; nobody removes it meanwhile. Raises BackupDamaged."""
    with reading(backup):
        report.stage(Stage.checksums, backup.id)
        size_bytes = backup.manifest.size_bytes
        verify_checksums(backup, progress=lambda read: report.bytes_read(read, size_bytes))
        yield
