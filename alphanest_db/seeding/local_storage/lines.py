"""The files of what did not come in, and of what has no column: a JSON object a line, for their owner's eyes only."""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from alphanest_db.private_files import new_private_file, require_new
from alphanest_db.seeding.local_storage.translating import Rejected

# Any in this file: whatever JSON can hold.


def leftover_path(rejects: Path) -> Path:
    """The name of the second file.

    >>> leftover_path(Path("rejects.jsonl")).name
    'rejects.leftover.jsonl'
    """
    return rejects.with_name(f"{rejects.name.removesuffix('.jsonl')}.leftover.jsonl")


def usual_rejects(folder: Path, now: datetime) -> Path:
    """Where rejects go that were given no file."""
    return folder / f"local-storage-{now:%Y%m%d-%H%M%S-%f}.rejects.jsonl"


class LineFile:
    """A file that is made when its first line is written, and gets its name when `stack` is closed without an error."""

    def __init__(self, path: Path | None, stack: contextlib.ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._file: TextIO | None = None
        if path is not None:
            require_new(path)

    @property
    def name(self) -> str | None:
        """The file's name; None where nothing was written."""
        return str(self._path.absolute()) if self._path and self._file else None

    def write(self, line: Mapping[str, Any]) -> None:
        """Add a line; nobody wanted it where there is no path."""
        if self._path is None:
            return
        if self._file is None:
            self._file = self._stack.enter_context(new_private_file(self._path))
        self._file.write(json.dumps(line, ensure_ascii=True) + "\n")


class Spool:
    """Lines that may still turn out not to be wanted; nobody else sees them."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._file = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115 - the stack closes it

    def write(self, line: Mapping[str, Any]) -> int:
        """Keep a line, and say where."""
        place = self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(line, ensure_ascii=True) + "\n")
        return place

    def move(self, place: int | None, count: int, to: LineFile) -> None:
        """Write so many lines, which were kept one after the other, to another file."""
        if place is not None:
            self._file.seek(place)
            for _ in range(count):
                to.write(json.loads(self._file.readline()))


def rejected_line(file: str, rejected: Rejected) -> dict[str, Any]:
    """A record that could not be staged; where it holds what JSON or a database cannot, as the text that it was."""
    record = rejected.record
    held = {"text": record.text} if record.flaw else {"record": record.value}
    return {
        "file": file, "kind": record.kind.value, "path": record.path, "place": record.place, "outcome": "rejected",
        "reason": "; ".join(rejected.problems), **held,
    }  # fmt: skip


def left_out_line(
    file: str, kind: str, path: str, place: str, outcome: str, reason: str, other: str | None, record: str
) -> dict[str, Any]:
    """A record that was staged and did not come in; `other` is the record or user that is in its way."""
    return {
        "file": file, "kind": kind, "path": path, "place": place, "outcome": outcome, "reason": reason, "other": other,
        "record": json.loads(record),
    }  # fmt: skip


def left_over_line(
    file: str, kind: str, path: str, id_: str, leftover: str | None, bio: str | None, source_id: str | None
) -> dict[str, Any]:
    """What of a record that is in has no column; `id` is the user (of a booth, too) or the item."""
    held = (json.loads(leftover) if leftover else {}) | ({"bio": bio} if bio else {})
    return {"file": file, "kind": kind, "path": path, "id": id_, "source_id": source_id, "leftover": held}
