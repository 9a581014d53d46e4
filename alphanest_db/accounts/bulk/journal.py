"""The CSV file of a rotation of many keys: the only place that holds the new keys.

Its lines are on the disk before the keys are stored in the database, so that no user is left with a key that nobody was told.
A second file beside it, `FILE.unfinished`, says that the work was not done to its end, and for which database it is.
"""

import contextlib
import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

from alphanest_db.errors import AlphanestError, Refused

COLUMNS = ("user_id", "username", "email", "api_key")
_BATCH_LINES = 1000
_PRIVATE = 0o600


@dataclass(frozen=True)
class ToldKey:
    """One line of the file."""

    user_id: str
    username: str
    email: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Purpose:
    """What a file is for: another database or another choice of keys must not go on with it."""

    database: str
    where: str | None


class Journal:
    """The file of one rotation, begun or gone on with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path.with_name(path.name + ".unfinished")

    def open(self, purpose: Purpose) -> bool:
        """Begin the file, or go on with the one of a rotation that was broken off; True in the second case.

        Raises Refused where the file is that of something else, or of a rotation that is done.
        """
        resumed = self._purpose() is not None
        if resumed and self._purpose() != purpose:
            raise Refused(
                f"{self.path} is the file of another rotation", f"See {self._unfinished}, or name another file."
            )
        if not resumed and os.path.lexists(self.path):
            raise Refused(f"{self.path} exists already", "Name another file: that one may hold keys.")
        if not resumed:
            with _replacing(self._unfinished) as file:
                json.dump(asdict(purpose), file)
        if not self.path.exists():
            with _replacing(self.path) as file:
                _write(file, [])
        return resumed

    def read(self) -> Iterator[Sequence[ToldKey]]:
        """All whole lines, some at a time; the last one of a process that was killed may be half a line."""
        with self.path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            rows = islice(csv.reader(file), 1, None)
            lines = (ToldKey(*row) for row in rows if len(row) == len(COLUMNS))
            while batch := list(islice(lines, _BATCH_LINES)):
                yield batch

    def ends_whole(self) -> bool:
        """False where the last line is half a line."""
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def rewrite(self, lines: Iterable[ToldKey]) -> None:
        """Let the file hold these lines alone; the old one stays until the new one is whole."""
        with _replacing(self.path) as file:
            _write(file, lines)

    def append(self, lines: Iterable[ToldKey]) -> None:
        """Add lines; they are on the disk when this returns."""
        with self.path.open("a", encoding="utf-8", newline="") as file:
            _write(file, lines, header=False)
            _to_disk(file)

    def finish(self) -> None:
        """Say that the work is done."""
        self._unfinished.unlink(missing_ok=True)
        _folder_to_disk(self.path.parent)

    def _purpose(self) -> Purpose | None:
        try:
            return Purpose(**json.loads(self._unfinished.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise Refused(f"{self._unfinished} is no file of ours", "Name another file for the keys.") from error


@contextlib.contextmanager
def writable(path: Path) -> Iterator[None]:
    """Says in our own words why a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise AlphanestError(
            f"cannot write {path}: {error.strerror}",
            "Where keys were stored already, the same command goes on when that is mended.",
        ) from error


def _write(file: TextIO, lines: Iterable[ToldKey], *, header: bool = True) -> None:
    plain = csv.writer(file, lineterminator="\n")
    quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    if header:
        plain.writerow(COLUMNS)
    for line in lines:
        row = (line.user_id, line.username, line.email, line.api_key)
        writer = (
            quoting if any("\r" in cell for cell in row) else plain
        )  # csv leaves a lone CR unquoted, and ends rows there
        writer.writerow(row)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file that takes the path's place when it is whole and on the disk; only its owner can read it."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(
        os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w", encoding="utf-8", newline=""
    ) as file:
        yield file
        _to_disk(file)
    new.replace(path)
    _folder_to_disk(path.parent)


def _to_disk(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
