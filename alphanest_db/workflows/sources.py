"""From what the user typed to a dump that may be read: every byte of it is as it was written, or it is refused."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.restore.dumps import Dump, dump_of
from alphanest_db.backup.restore.model import RestoreReport, Stage
from alphanest_db.backup.store import Store, reading
from alphanest_db.database.target import Target
from alphanest_db.settings import Settings

BACKUPS = "backups"


@contextlib.contextmanager
def opened_source(
    wanted: str, settings: Settings, target: Target, folder: Path | None = None, *, report: RestoreReport | None = None
) -> Iterator[Dump]:
    """The dump that was meant; nobody removes it meanwhile.

    Raises BackupNotFound, BackupDamaged before any other program reads a byte, and RefusedDump.
    """
    report = report or RestoreReport()
    store = Store(folder or settings.home / BACKUPS)
    backup = store.get(wanted, database=target.database)
    with reading(backup):
        report.stage(Stage.checksums, backup.id)
        size_bytes = backup.manifest.size_bytes
        verify_checksums(backup, progress=lambda read: report.bytes_read(read, size_bytes))
        yield dump_of(backup)
