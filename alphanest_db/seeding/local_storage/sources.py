"""Where exports are read from: files, folders full of them, and standard input."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from alphanest_db.errors import InvalidInput
from alphanest_db.seeding.local_storage.reading import ExportReader, Record, UnreadableExport

STANDARD_INPUT = "-"
_ENDING = ".json"


@dataclass(frozen=True)
class Source:
    """One export; without a path it is standard input, whose size nobody knows."""

    name: str
    path: Path | None
    size_bytes: int = 0

    @property
    def can_be_read_again(self) -> bool:
        """False for standard input and pipes."""
        return self.path is not None and self.path.is_file()


def find_sources(names: Sequence[str]) -> list[Source]:
    """The files that are named, and those that end in .json in the folders that are, in the order of their names.

    Raises InvalidInput for what is not there, and for a folder without any.
    """
    if names.count(STANDARD_INPUT) > 1:
        raise InvalidInput("standard input is named twice", "It can be read once.")
    return [source for name in names for source in _sources_at(name)]


def records_of(
    source: Source, standard_input: BinaryIO, progress: Callable[[int], None], other_keys: list[str]
) -> Iterator[Record]:
    """The records of the export; its keys that are not ours come to `other_keys`.

    Raises UnreadableExport where the disk or the rights are in the way, and BrokenExport.
    """
    try:
        with open(source.path, "rb") if source.path else contextlib.nullcontext(standard_input) as stream:  # noqa: PTH123
            yield from ExportReader(source.name, stream, progress, other_keys)
    except OSError as error:
        raise UnreadableExport(f"cannot read {source.name}: {error.strerror}", "Nothing of it was imported.") from error


def _sources_at(name: str) -> list[Source]:
    if name == STANDARD_INPUT:
        return [Source("standard input", None)]
    path = Path(name)
    try:
        if path.is_dir():
            return _sources_in(path)
        return [Source(name, path, path.stat().st_size)]
    except OSError as error:
        where = error.filename or name
        raise InvalidInput(f"cannot read {where}: {error.strerror}", "Name a file, a folder, or - .") from error


def _sources_in(folder: Path) -> list[Source]:
    """Files, and links that lead nowhere, which are told as what cannot be read; a folder that cannot be read is an error."""
    found = [
        Path(parent) / name
        for parent, _folders, names in os.walk(folder, onerror=_raise)
        for name in names
        if name.lower().endswith(_ENDING)
    ]
    if not found:
        raise InvalidInput(f"there is no {_ENDING} file in {folder}", "Exports are looked for by that ending.")
    return [
        Source(str(path), path, path.stat().st_size if path.exists() else 0)
        for path in sorted(found)
        if path.is_file() or not path.exists()
    ]


def _raise(error: OSError) -> None:
    raise error
