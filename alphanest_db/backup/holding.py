"""Locks on the folders of backups; each ends with the process that holds it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.errors import AlphanestError, BackupNotFound

WHOSE_FOLDER = "Who owns the folder, and may you write there?"
_GATE = ".lock"


@contextlib.contextmanager
def reading(backup: Backup) -> Iterator[None]:
    """Nobody removes the backup meanwhile. Raises BackupNotFound where somebody just did."""
    try:
        hold = locked(backup.folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError) as error:
        raise BackupNotFound(backup.id, backup.folder.parent) from error
    try:
        yield
    finally:
        os.close(hold)


@contextlib.contextmanager
def gate(store: Path) -> Iterator[None]:
    """Between the making of a hidden folder and its lock nobody looks at it. Raises AlphanestError where there may be no lock."""
    path = store / _GATE
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise AlphanestError(f"cannot lock {path}: {error.strerror}", WHOSE_FOLDER) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


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
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return True
    return False
