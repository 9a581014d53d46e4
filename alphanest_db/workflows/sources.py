"""From what the user typed to a dump that may be read: every byte of it is as it was written, or it was looked through."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.complete import Backup
from alphanest_db.backup.foreign.opening import open_dump
from alphanest_db.backup.holding import reading
from alphanest_db.backup.manifest import NAME
from alphanest_db.backup.restore.dumps import Dump, dump_of, dump_of_others
from alphanest_db.backup.restore.model import RestoreReport, Stage
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
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
    if wanted == STANDARD_INPUT or is_dump_of_others(wanted):
        path = None if wanted == STANDARD_INPUT else Path(wanted)
        with open_dump(path, settings.home, standard_input, thorough=False) as opened:
            yield dump_of_others(opened, wanted if path else "standard input")
        return
    backup = Store(folder or settings.home / BACKUPS).get(wanted, database=target.database)
    with checked(backup, report):
        yield dump_of(backup)


def is_dump_of_others(wanted: str) -> bool:
    """Whether that is a path, and not one of a backup of ours."""
    path = Path(wanted)
    return (os.sep in wanted or path.exists()) and not (path / NAME).exists()


@contextlib.contextmanager
def checked(backup: Backup, report: RestoreReport) -> Iterator[None]:
    """The backup, every byte of which is as it was written; nobody removes it meanwhile. Raises BackupDamaged."""
    with reading(backup):
        report.stage(Stage.checksums, backup.id)
        size_bytes = backup.manifest.size_bytes
        verify_checksums(backup, progress=lambda read: report.bytes_read(read, size_bytes))
        yield
