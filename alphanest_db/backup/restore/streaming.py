"""An archive that is restored while it is unpacked: its contents for pg_restore, its rows as a stream for COPY.

Nothing of the rows is written down before the server has them, however large the dump is.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

from alphanest_db.backup.foreign.files import CONTENTS_FILE, data_files, regular_file
from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.plain.source import Readable
from alphanest_db.backup.restore.dumps import Dump, opened
from alphanest_db.backup.restore.nameless import nameless_file, write_all
from alphanest_db.errors import NotRestorable
from alphanest_db.programs.archive import OFFSET_IS_SET, Contents, read_contents
from alphanest_db.programs.archive_rows import ArchiveRows, Rows, has_plain_rows, has_rows_in_files, rows_in_files


@dataclass(frozen=True)
class Streamed:
    """`contents` are at `path`, where pg_restore reads them, and what they say; the `rows` can be read once.

    `tell_places`, once they were, lets pg_restore know how large each table is: it begins with the indexes of the largest then.
    """

    path: Path
    contents: Contents
    rows: Iterable[Rows]
    tell_places: Callable[[], None]


@contextlib.contextmanager
def streamed(dump: Dump, folder: Path) -> Iterator[Streamed | None]:
    """The dump of a backup of ours to be restored like that; None where it cannot be. `folder` is for a small file."""
    if dump.manifest is None or dump.path is None:
        yield None
        return
    match dump.format:
        case DumpFormat.plain:
            yield None
        case DumpFormat.custom:
            with _streamed_file(dump, folder) as found:
                yield found
        case DumpFormat.directory:
            yield _streamed_folder(dump.path)
        case _:
            assert_never(dump.format)


@contextlib.contextmanager
def _streamed_file(dump: Dump, folder: Path) -> Iterator[Streamed | None]:
    """The contents are copied into a file of their own."""
    with opened(dump) as stream:
        copied = _Copied(stream)
        contents = _known_contents(copied)
        if contents is None or not has_plain_rows(contents):
            yield None
            return
        with nameless_file(folder) as (handle, path):
            write_all(handle, copied.read_so_far)
            rows = ArchiveRows(stream, contents)
            yield Streamed(path, contents, rows, partial(_tell_places, path, contents, rows))


def _streamed_folder(folder: Path) -> Streamed | None:
    """The contents are where they were, and pg_restore looks how large the files beside them are."""
    with regular_file(folder, CONTENTS_FILE).open("rb") as file:
        contents = _known_contents(file)
    if contents is None or not has_rows_in_files(contents):
        return None
    return Streamed(folder, contents, rows_in_files(data_files(folder, contents), contents), lambda: None)


def _known_contents(stream: Readable) -> Contents | None:
    with contextlib.suppress(NotRestorable):  # of a newer pg_dump, and perhaps known to pg_restore
        return read_contents(stream)
    return None


def _tell_places(path: Path, contents: Contents, rows: ArchiveRows) -> None:
    """Write into the contents where the rows were."""
    with path.open("r+b") as file:
        for entry in contents.entries:
            if place := rows.places.get(entry.dump_id):
                file.seek(entry.offset_at)
                file.write(bytes([OFFSET_IS_SET]) + place.to_bytes(contents.layout.offset_bytes, "little"))
        file.truncate(rows.place)  # of which nothing takes room on the disk


class _Copied:
    """A stream, and what was read of it."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._pieces: list[bytes] = []

    @property
    def read_so_far(self) -> bytes:
        return b"".join(self._pieces)

    def read(self, size: int, /) -> bytes:
        self._pieces.append(self._stream.read(size))
        return self._pieces[-1]
