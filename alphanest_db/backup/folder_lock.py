"""Locks in a folder of backups: one at a time there, for a whole command or for a moment."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.errors import AlphanestError, LockTimeout
from alphanest_db.whoever import whoever_runs_this

_POLL_SECONDS = 0.1
_GATE = ".lock"
_GATE_SECONDS = 10.0

FolderLockProgress = Callable[[float, str], None]


@contextlib.contextmanager
def folder_lock(
    folder: Path, what: str, *, wait_seconds: float, progress: FolderLockProgress = lambda _waited, _holder: None
) -> Iterator[None]:
    """Hold the lock on doing `what` in the folder; it ends with the process. Raises LockTimeout, naming the holder."""
    with _file_lock(folder / f".{what}.lock", what, wait_seconds, progress):
        yield


@contextlib.contextmanager
def gate(folder: Path) -> Iterator[None]:
    """Hold the lock that everybody holds for a moment: between the making of a hidden folder and its lock nobody looks at it.

    Raises LockTimeout where somebody holds it for longer, and AlphanestError where there may be no lock.
    """
    with _file_lock(folder / _GATE, "alphanest", _GATE_SECONDS, lambda _waited, _holder: None):
        yield


@contextlib.contextmanager
def _file_lock(path: Path, what: str, wait_seconds: float, progress: FolderLockProgress) -> Iterator[None]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise AlphanestError(
            f"cannot lock {path}: {error.strerror}", "Who owns the folder, and may you write there?"
        ) from error
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
    return {"pid": os.getpid(), "by": whoever_runs_this(), "since": datetime.now(UTC).isoformat(timespec="seconds")}


def _write(handle: int, holder: dict[str, object]) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(holder).encode(), 0)


def _holder(handle: int) -> str:
    try:
        said = json.loads(os.pread(handle, 1000, 0))
        return f"process {said['pid']} of {said['by']}, since {said['since']}"
    except (ValueError, KeyError, TypeError):
        return "somebody who has just begun"
