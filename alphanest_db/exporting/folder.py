"""Files that take their places in a folder when all of them are whole."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from alphanest_db.errors import AlphanestError, InvalidInput

_MARK = ".unfinished-export-"


@contextlib.contextmanager
def unfinished_folder(folder: Path, names: Iterable[str], *, force: bool) -> Iterator[Path]:
    """A folder beside the final files' places, for its owner alone: at the end it becomes `folder`, or its files move there.

    Whatever goes wrong, it is removed; what a killed process left is removed by the next one. Raises InvalidInput where a file
    of one of the names is there already and `force` is not given, and AlphanestError where the folder cannot be written.
    """
    is_new = not os.path.lexists(folder)
    _refuse_in_the_way(folder, () if force else names, is_new=is_new)
    place = folder.parent if is_new else folder
    try:
        _remove_forgotten(place)
        scratch = Path(tempfile.mkdtemp(prefix=_MARK, dir=place))
    except OSError as error:
        raise _not_written(folder, error) from error
    try:
        with _claimed(scratch):
            yield scratch
            try:
                _publish(scratch, folder, is_new=is_new)
            except OSError as error:
                raise _not_written(folder, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _refuse_in_the_way(folder: Path, names: Iterable[str], *, is_new: bool) -> None:
    if is_new and not folder.parent.is_dir():
        raise InvalidInput(f"there is no folder {folder.parent}", "Make it first, or name another.")
    if not is_new and not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder", "Name a folder, or one that is to be made.")
    for name in names:
        if os.path.lexists(folder / name):
            raise InvalidInput(f"there is a file {folder / name} already", "Name another folder, or add --force.")


def _publish(scratch: Path, folder: Path, *, is_new: bool) -> None:
    """Under the final names at once, where the folder is new; file by file else, each of them whole."""
    _sync(scratch)
    if is_new:
        scratch.rename(folder)
    else:
        for path in sorted(scratch.iterdir()):
            path.replace(folder / path.name)
        _sync(folder)
    _sync(folder.parent)


@contextlib.contextmanager
def _claimed(scratch: Path) -> Iterator[None]:
    """While the process lives, nobody takes the folder for a forgotten one."""
    handle = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_forgotten(place: Path) -> None:
    for path in place.glob(f"{_MARK}*"):
        with contextlib.suppress(OSError):  # somebody else's, or gone already
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _sync(folder: Path) -> None:
    """The names in the folder are on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_written(folder: Path, error: OSError) -> AlphanestError:
    return AlphanestError(f"cannot write to {folder}: {error.strerror}", "Check the folder, and try again.")
