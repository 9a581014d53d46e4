"""Files that are whole or not there, also after a power cut."""

import contextlib
import os
import shutil
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, under a temporary name first; it is on the disk when this returns."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """What was written to the file is on the disk when this returns."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """The names in the folder are on the disk when this returns."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def sync_tree(folder: Path) -> None:
    """All files and folders below it, and itself, are on the disk when this returns."""
    for path in folder.rglob("*"):
        _sync(path, os.O_RDONLY | os.O_NOFOLLOW)
    sync_folder(folder)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that it holds; what is gone already is no error. Raises OSError for what may not be removed."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
