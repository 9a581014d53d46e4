"""The files below some paths."""

import io
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.accounts.scanning.damage import reason_of
from alphanest_db.accounts.scanning.model import Skipped
from alphanest_db.errors import InvalidInput

STDIN = "-"
# Nobody reads what git keeps packed there by a look at the files; --git does.
_GIT_OBJECTS = (".git", "objects")


@dataclass(frozen=True)
class FoundFile:
    """A file to look into; `is_named` where the user named it, so that a link or a pipe is meant as well."""

    path: Path
    is_named: bool = False


def require_paths(paths: Iterable[Path]) -> None:
    """Raises InvalidInput for a path where nothing is."""
    for path in paths:
        if str(path) != STDIN and not os.path.lexists(path):
            raise InvalidInput(
                f"there is no file or folder {str(path)!r}", "Name what is to be scanned, or - for stdin."
            )


def walk(paths: Iterable[Path]) -> Iterator[FoundFile | Skipped]:
    """All regular files at and below the paths, by name; links below them are not followed, and other things are no files."""
    for path in paths:
        if str(path) == STDIN or not path.is_dir():
            yield FoundFile(path, is_named=True)
        else:
            yield from _below(path)


def _below(top: Path) -> Iterator[FoundFile | Skipped]:
    pending = [top]
    while pending:
        path = pending.pop()
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(str(path), reason_of(error))
            continue
        folders = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(path / entry.name)
            elif entry.is_file(follow_symlinks=False):
                yield FoundFile(path / entry.name)
        pending += [folder for folder in reversed(folders) if (folder.parent.name, folder.name) != _GIT_OBJECTS]


def open_file(file: FoundFile) -> io.FileIO:
    """The file, to be read as bytes. Raises OSError."""
    if str(file.path) == STDIN:
        return io.FileIO(0, closefd=False)
    if file.is_named:
        return io.FileIO(file.path)
    # Whoever may write there could put a link or a pipe in its place between our look and this.
    opened = io.FileIO(file.path, opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise OSError(0, "it is no file any more")
    return opened
