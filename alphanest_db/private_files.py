"""Files that hold secrets or people's data: for their owner's eyes only, whole or not there at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from alphanest_db.errors import AlphanestError, InvalidInput


def require_new(path: Path) -> None:
    """Raises InvalidInput where there is something by that name already, or no folder to put it in."""
    if os.path.lexists(path):
        raise InvalidInput(f"there is a file {path} already", "Name a new one: nothing is overwritten.")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent}", "Make it first, or name another.")


@contextlib.contextmanager
def new_private_file(path: Path) -> Iterator[TextIO]:
    """A text file to write to, mode 0600, which gets its name when it is whole and on the disk.

    Raises what `require_new` raises, and AlphanestError where it cannot be written.
    """
    require_new(path)
    scratch = ""
    try:
        handle, scratch = tempfile.mkstemp(prefix=f".{path.name[:100]}-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        require_new(path)
        Path(scratch).rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise AlphanestError(f"cannot write {path}: {error.strerror}", "Check the folder, and try again.") from error
    finally:
        Path(scratch).unlink(missing_ok=True) if scratch else None


def append_private(path: Path, text: str) -> None:
    """Add the text to a file of mode 0600, which is made where it is missing; it is on the disk when this returns.

    Raises AlphanestError where it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as error:
        raise AlphanestError(f"cannot write {path}: {error.strerror}", "Check the folder, and try again.") from error


def _sync_folder(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
