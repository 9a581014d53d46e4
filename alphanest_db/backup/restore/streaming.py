"""An archive that is restored while it is unpacked: its contents in a small file for pg_restore, its rows as a stream for COPY.

Nothing of the rows is written down before the server has them, however large the dump is.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.plain.source import Readable
from alphanest_db.backup.restore.dumps import Dump, nameless_file, opened, write_all
from alphanest_db.errors import NotRestorable
from alphanest_db.programs.archive import OFFSET_IS_SET, Contents, read_contents
from alphanest_db.programs.archive_rows import ArchiveRows, has_plain_rows


@dataclass(frozen=True)
class Streamed:
    """`contents` are in the file at `path`, which pg_restore reads, and what they say; the `rows` can be read once."""

    path: Path
    contents: Contents
    rows: ArchiveRows

    def tell_places(self) -> None:
        """Write into the contents where the rows were, so that pg_restore begins with the indexes of the largest table."""
        offset_bytes = self.contents.layout.offset_bytes
        with self.path.open("r+b") as file:
            for entry in self.contents.entries:
                if place := self.rows.places.get(entry.dump_id):
                    file.seek(entry.offset_at)
                    file.write(bytes([OFFSET_IS_SET]) + place.to_bytes(offset_bytes, "little"))
            file.truncate(self.rows.place)  # of which nothing takes room on the disk


@contextlib.contextmanager
def streamed(dump: Dump, folder: Path) -> Iterator[Streamed | None]:
    """The dump of a backup of ours to be restored like that; None where it cannot be. `folder` is for the small file."""
    if dump.manifest is None or dump.format is not DumpFormat.custom:
        yield None
        return
    with opened(dump) as stream:
        copied = _Copied(stream)
        contents = None
        with contextlib.suppress(NotRestorable):  # of a newer pg_dump, and perhaps known to pg_restore
            contents = read_contents(copied)
        if contents is None or not has_plain_rows(contents):
            yield None
            return
        with nameless_file(folder) as (handle, path):
            write_all(handle, copied.read_so_far)
            yield Streamed(path, contents, ArchiveRows(stream, contents))


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
