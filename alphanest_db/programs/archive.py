"""The table of contents that pg_dump writes at the beginning of a custom dump, and into toc.dat of a directory dump.

Every field has a length in front of it: no function body, comment or name can be taken for the beginning of another object.
The layout is WriteHead and WriteToc in pg_backup_archiver.c. Nothing in it is believed: lengths and counts have bounds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from alphanest_db.errors import NotRestorable, RefusedDump

MAGIC = b"PGDMP"
# 1.14 is written by PostgreSQL 12 to 15, 1.15 by 16, 1.16 by 17 and newer.
OLDEST, NEWEST = (1, 14), (1, 16)
# A schema of a million objects has less.
LONGEST_CONTENTS_BYTES = 1 << 30
_PIECE_BYTES = 1 << 20
_TIMESTAMP_FIELDS = 7
_COMPRESSIONS = ("none", "gzip", "lz4", "zstd")
OFFSET_IS_SET = 2
_NUMBER_BYTES = (4, 8)


class ArchiveFormat(StrEnum):
    """How a dump that pg_restore reads is laid out."""

    custom = "custom"
    directory = "directory"


_FORMATS = {
    1: ArchiveFormat.custom,
    3: ArchiveFormat.directory,
}  # 3 is tar's number, which pg_dump writes into toc.dat too


class Readable(Protocol):
    """Anything that gives bytes until there are none."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


@dataclass(frozen=True)
class Entry:
    """One object. `depends_on` holds the `dump_id` of others; `type` is pg_dump's word, such as FK CONSTRAINT.

    Text that is not UTF-8 is kept by surrogates (PEP 383). `offset` is where a custom dump has the rows, if it says so, and
    `offset_at` where it says that.
    """

    dump_id: int
    type: str
    schema: str
    tag: str
    definition: str
    drop: str
    access_method: str
    depends_on: frozenset[int]
    has_data: bool = False
    copy: str = ""
    owner: str = ""
    file: str = ""
    offset: int | None = None
    offset_at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Layout:
    """How an archive is written down."""

    format: ArchiveFormat
    version: tuple[int, int]
    integer_bytes: int
    offset_bytes: int


@dataclass(frozen=True)
class Contents:
    """What an archive says about itself. `size_bytes` is the length of that."""

    layout: Layout
    compression: str
    database: str
    server_version: str
    tool_version: str
    entries: tuple[Entry, ...]
    size_bytes: int

    @property
    def format(self) -> ArchiveFormat:
        """Whether the rows follow in the same file."""
        return self.layout.format


def read_contents(stream: Readable) -> Contents:
    """The table of contents, of which the stream is read to the end; in a custom dump the rows follow.

    Raises RefusedDump where it is none, cut short or absurd, and NotRestorable for a version that is not known here.
    """
    reader = ArchiveReader(stream)
    layout = _read_layout(reader)
    compression = _read_compression(reader, layout)
    for _field in range(_TIMESTAMP_FIELDS):
        reader.integer()
    database, server, tool = (reader.text() or "" for _ in range(3))
    entries = read_entries(reader, layout)
    return Contents(layout, compression, database, server, tool, entries, reader.place)


def read_entries(reader: "ArchiveReader", layout: Layout) -> tuple[Entry, ...]:
    """The list of objects. Raises RefusedDump."""
    entries: dict[int, Entry] = {}
    begun = reader.place
    for _number in range(reader.integer()):  # a wrong count meets the end of the file
        entry = _read_entry(reader, layout)
        if entry.dump_id in entries or entry.dump_id < 1:
            raise RefusedDump("the archive is damaged: two objects have the same number")
        if reader.place - begun > LONGEST_CONTENTS_BYTES:
            raise RefusedDump("the archive's table of contents is longer than 1 GiB")
        entries[entry.dump_id] = entry
    return tuple(entries.values())


class ArchiveReader:
    """Reads the numbers and texts of an archive, one after the other."""

    def __init__(self, stream: Readable, integer_bytes: int = 4) -> None:
        self.integer_bytes = integer_bytes
        self.place = 0
        self._stream = stream
        self._held = b""

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def integer(self) -> int:
        """The next number: a sign and its bytes, the lowest first."""
        negative, *value = self.take(1 + self.integer_bytes)
        number = int.from_bytes(bytes(value), "little")
        return -number if negative else number

    def text(self) -> str | None:
        """The next text, if there is one."""
        length = self.integer()
        return None if length < 0 else self.take(length).decode("utf-8", "surrogateescape")

    def take(self, count: int) -> bytes:
        """So many bytes. Raises RefusedDump where the file ends before."""
        if count > LONGEST_CONTENTS_BYTES:
            raise RefusedDump(f"the archive is damaged: it speaks of {count} bytes at byte {self.place}")
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[bytes]:
        """So many bytes, piece by piece: a wrong length costs no memory. Raises RefusedDump as `take` does."""
        while count > 0:
            piece = self._held or self._stream.read(min(count, _PIECE_BYTES))
            self._held = b""
            if not piece:
                raise cut_off(self.place)
            self.place += len(piece)
            count -= len(piece)
            yield piece

    def peek(self) -> int | None:
        """The next byte, which stays there; None at the end of the file."""
        self._held = self._held or self._stream.read(1)
        return self._held[0] if self._held else None


def cut_off(place: int) -> RefusedDump:
    """The error for an archive that ends too early."""
    return RefusedDump(
        f"the archive is cut off: it ends at byte {place}", None, "Get the whole file, or dump again."
    )  # fmt: skip


def _read_layout(reader: ArchiveReader) -> Layout:
    if reader.take(len(MAGIC)) != MAGIC:
        raise RefusedDump("this is no archive of pg_dump")
    version = (reader.byte(), reader.byte())
    if not OLDEST <= version <= NEWEST:
        raise NotRestorable(
            f"the archive is of version {version[0]}.{version[1]}, which is not known here",
            "It is of a pg_dump older than 12 or newer than 18. Dump again with one of those.",
        )
    _revision, integer_bytes, offset_bytes, number = (reader.byte() for _ in range(4))
    if integer_bytes not in _NUMBER_BYTES or offset_bytes not in _NUMBER_BYTES:
        raise RefusedDump("the archive is damaged: its numbers have an impossible length")
    if number not in _FORMATS:
        raise RefusedDump(f"the archive is of a format (number {number}) that is not known here")
    reader.integer_bytes = integer_bytes
    return Layout(_FORMATS[number], version, integer_bytes, offset_bytes)


def _read_compression(reader: ArchiveReader, layout: Layout) -> str:
    if layout.version < (1, 15):
        return "gzip" if reader.integer() else "none"
    number = reader.byte()
    if number >= len(_COMPRESSIONS):
        raise RefusedDump("the archive is damaged: its compression is not known")
    return _COMPRESSIONS[number]


def _read_entry(reader: ArchiveReader, layout: Layout) -> Entry:
    def text() -> str:
        return reader.text() or ""

    dump_id, has_data = reader.integer(), bool(reader.integer())
    _catalog, _oid = text(), text()
    tag, kind, _section = text(), text(), reader.integer()
    definition, drop, copy = text(), text(), text()
    schema, _tablespace, access_method = text(), text(), text()
    if layout.version >= (1, 16):
        reader.integer()  # the relation's kind
    owner, _with_oids = text(), text()
    depends_on = frozenset(_read_dependencies(reader))
    offset_at = reader.place
    file, offset = _read_place(reader, layout)
    return Entry(
        dump_id, kind, schema, tag, definition.strip(), drop.strip(), access_method, depends_on, has_data, copy.strip(),
        owner, file, offset, offset_at,
    )  # fmt: skip


def _read_dependencies(reader: ArchiveReader) -> Iterator[int]:
    while text := reader.text():
        if not re.fullmatch("[0-9]{1,10}", text):
            raise RefusedDump("the archive is damaged: an object depends on what is no number")
        yield int(text)


def _read_place(reader: ArchiveReader, layout: Layout) -> tuple[str, int | None]:
    if layout.format is ArchiveFormat.directory:
        return reader.text() or "", None
    is_set = reader.byte() == OFFSET_IS_SET
    offset = int.from_bytes(reader.take(layout.offset_bytes), "little")
    return "", offset if is_set else None
