"""One at a time in a folder of backups."""

import contextlib
import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.backup.holding import WHOSE_FOLDER
from alphanest_db.errors import AlphanestError, LockTimeout

_POLL_SECONDS = 0.1

FolderLockProgress = Callable[[float, str], None]


@contextlib.contextmanager
def folder_lock(
    folder: Path, what: str, *, wait_seconds: float, progress: FolderLockProgress = lambda _waited, _holder: None
) -> Iterator[None]:
    """Hold the lock on doing `what` in the folder; it ends with the process. Raises LockTimeout, naming the holder."""
    path = folder / f".{what}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise AlphanestError(f"cannot lock {path}: {error.strerror}", WHOSE_FOLDER) from error
    try:
        _acquire(handle, what, wait_seconds, progress)
        _write(handle, _ourselves())
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, what: str, wait_seconds: float, progress: FolderLockProgress) -> None:
    begun = time.monotonic()
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - begun
            if waited + _POLL_SECONDS > wait_seconds:
                raise LockTimeout(
                    f"another {what} is at work in this folder and did not finish within {waited:.0f} s: {_holder(handle)}",
                    "Wait longer with --lock-wait, or end that process if it hangs.",
                ) from None
            progress(waited, _holder(handle))
            time.sleep(_POLL_SECONDS)


def _ourselves() -> dict[str, object]:
    user, host = getpass.getuser(), socket.gethostname()
    return {"pid": os.getpid(), "by": f"{user}@{host}", "since": datetime.now(UTC).isoformat(timespec="seconds")}


def _write(handle: int, holder: dict[str, object]) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(holder).encode(), 0)


def _holder(handle: int) -> str:
    try:
        said = json.loads(os.pread(handle, 1000, 0))
        return f"process {said['pid']} of {said['by']}, since {said['since']}"
    except (ValueError, KeyError, TypeError):
        return "somebody who has just begun"
