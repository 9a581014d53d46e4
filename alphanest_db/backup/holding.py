"""Locks on the folders of backups; each ends with the process that holds it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.errors import BackupDamaged, BackupNotFound


@contextlib.contextmanager
def reading(backup: Backup) -> Iterator[None]:
    """Nobody removes the backup meanwhile. Raises BackupNotFound where somebody just did, BackupDamaged where we may not read."""
    try:
        hold = locked(backup.folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError) as error:
        raise BackupNotFound(backup.id, backup.folder.parent) from error
    except OSError as error:
        raise BackupDamaged(backup.folder, f"it cannot be read: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(hold)


def locked(folder: Path, how: int) -> int:
    """A descriptor that holds the lock until it is closed, by us or by our end. Raises BlockingIOError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, how)
    except BaseException:
        os.close(handle)
        raise
    return handle


def is_held(folder: Path) -> bool:
    """Whether a living process holds the folder's lock, or has just removed the folder."""
    try:
        os.close(locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except (BlockingIOError, FileNotFoundError):
        return True
    except PermissionError:
        return True  # of somebody else, who cleans up after himself
    return False
