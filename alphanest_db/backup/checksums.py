"""Every byte of a backup against its manifest."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.manifest import NAME, BackupFile, write_manifest
from alphanest_db.errors import BackupDamaged

_CHUNK_BYTES = 1 << 20

ByteProgress = Callable[[int], None]


@dataclass(frozen=True)
class ChecksumResult:
    """What was read, all of it as it was written."""

    files: int
    size_bytes: int


def verify_checksums(backup: Backup, *, progress: ByteProgress = lambda _bytes: None) -> ChecksumResult:
    """Read all files and compare them with the manifest, which is read anew; no other program sees a byte before.

    `progress` is told how many bytes were read so far. Raises BackupDamaged, which names the file, also for one that is there
    and not in the manifest.
    """
    if (backup.folder / NAME).read_bytes() != write_manifest(backup.manifest):
        raise BackupDamaged(backup.folder / NAME, "it has changed since it was read")
    _refuse_strangers(backup)
    done = 0
    for file in backup.manifest.files:
        for read in _compared(backup.folder / file.path, file):
            done += read
            progress(done)
    return ChecksumResult(len(backup.manifest.files), done)


def _compared(path: Path, file: BackupFile) -> Iterator[int]:
    found, size_bytes = hashlib.sha256(), 0
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb", buffering=0) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                found.update(chunk)
                size_bytes += len(chunk)
                yield len(chunk)
    except OSError as error:
        raise BackupDamaged(path, f"it cannot be read: {error.strerror}") from error
    if size_bytes != file.size_bytes:
        raise BackupDamaged(path, f"it has {size_bytes} bytes instead of {file.size_bytes}")
    if found.hexdigest() != file.sha256:
        raise BackupDamaged(path, "its SHA-256 is not the one that it was written with")


def _refuse_strangers(backup: Backup) -> None:
    """pg_restore of a directory dump takes the file that it finds first: `toc.dat` or `toc.dat.gz`."""
    known = {backup.folder / file.path for file in backup.manifest.files}
    if backup.dump.is_dir():
        for path in backup.dump.rglob("*"):
            if path not in known:
                raise BackupDamaged(path, "it is not in the manifest")
