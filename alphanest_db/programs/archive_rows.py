"""The rows of an archive as COPY takes them, many at a time: of a custom one that is not compressed, and of a folder's files.

In a custom archive pg_dump puts a length before each row: a sign and four bytes. Rows as text hold no NUL, so the next NUL always
begins a length, and five of them are the length of nothing, which ends a table. A million lengths are cut out by one regular
expression.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alphanest_db.errors import RefusedDump
from alphanest_db.programs.archive import ArchiveFormat, Contents, Entry, Readable, cut_off
from alphanest_db.programs.archive_data import END_OF_ROWS, Block, unpacked
from alphanest_db.redact import printable

_ROWS = 1
_LENGTH = re.compile(rb"\0(?!\0{4}).{4}", re.DOTALL)
_LENGTH_BYTES = 5
_OFFSET_BYTES = 8  # a place behind 4 GiB does not fit into less
_END = b"\0" * _LENGTH_BYTES
_BLOCK_BYTES = 1 << 20  # what fits into a core's cache takes half the time


@dataclass(frozen=True)
class Rows:
    """Some whole rows of a table, in COPY's text form."""

    entry: Entry
    text: bytes


def has_plain_rows(contents: Contents) -> bool:
    """Whether `ArchiveRows` can read what follows these contents: rows as COPY takes them, and no large objects."""
    layout = contents.layout
    return (
        layout.format is ArchiveFormat.custom
        and (layout.integer_bytes, layout.offset_bytes) == (_LENGTH_BYTES - 1, _OFFSET_BYTES)
        and contents.compression == "none"
        and _has_copied_rows(contents)
    )


def has_rows_in_files(contents: Contents) -> bool:
    """Whether `rows_in_files` can read the files that these contents name: the same, in a compression that Python knows."""
    return contents.format is ArchiveFormat.directory and contents.compression != "lz4" and _has_copied_rows(contents)


def rows_in_files(blocks: Iterable[Block], contents: Contents) -> Iterator[Rows]:
    """The rows of these files of a directory dump, table by table. Raises RefusedDump where one is damaged or cut off."""
    for block in blocks:
        yield from whole_rows(block.entry, unpacked(block.pieces, contents.compression, in_file=True))


def whole_rows(entry: Entry, texts: Iterable[bytes]) -> Iterator[Rows]:
    """The rows of one table, which may be cut anywhere, without what ends them. Raises RefusedDump where that is missing."""
    begun = list[bytes]()  # a row of which more is to come, and perhaps what ends them all
    for text in texts:
        if whole := text.rfind(b"\n", 0, max(len(text) - len(END_OF_ROWS), 0)) + 1:
            yield Rows(entry, b"".join([*begun, text[:whole]]))
            begun = [text[whole:]]
        else:
            begun.append(text)
    rest = b"".join(begun)
    if not rest.endswith(END_OF_ROWS):
        raise RefusedDump(f"the archive is damaged: the rows of {printable(entry.tag)} have no end")
    if rows := rest.removesuffix(END_OF_ROWS):
        yield Rows(entry, rows)


def _has_copied_rows(contents: Contents) -> bool:
    return all(entry.type == "TABLE DATA" and entry.copy for entry in contents.entries if entry.has_data)


class ArchiveRows:
    """Reads all rows, once; `places` tells then where in the archive each entry has its own, and `place` where they end."""

    def __init__(self, stream: Readable, contents: Contents) -> None:
        """The stream stands behind the contents, of which `has_plain_rows` is true."""
        self.places: dict[int, int] = {}
        self.place = contents.size_bytes
        self._stream = stream
        self._held, self._taken = b"", 0  # what was read, and how much of it is done with
        self._missing = {entry.dump_id: entry for entry in contents.entries if entry.has_data}

    def __iter__(self) -> Iterator[Rows]:
        """The rows, table by table. Raises RefusedDump where they end too early, or belong to no table."""
        while self._missing:
            begun = self.place
            kind, *number = self._take(1 + _LENGTH_BYTES)
            entry = self._missing.pop(int.from_bytes(bytes(number[1:]), "little"), None)
            if kind != _ROWS or entry is None:
                raise RefusedDump(f"the archive is damaged: what belongs to no table stands at byte {begun}")
            self.places[entry.dump_id] = begun
            yield from whole_rows(entry, self._texts())

    def _texts(self) -> Iterator[bytes]:
        is_over = False
        while not is_over:
            text, is_over = self._next_text()
            yield text

    def _next_text(self) -> tuple[bytes, bool]:
        """What is there of a table without its lengths, and whether that was all of it."""
        if (end := self._held.find(_END, self._taken)) >= 0:
            return _without_lengths(self._take(end + _LENGTH_BYTES - self._taken)[:-_LENGTH_BYTES]), True
        text = _without_lengths(self._held[self._taken :])
        cut = text.find(b"\0")
        begun = len(text) - cut if cut >= 0 else 0  # a length of which the rest is still to come
        self._done_with(len(self._held) - begun - self._taken)
        self._fill()
        return text[:cut] if begun else text, False

    def _take(self, count: int) -> bytes:
        while len(self._held) - self._taken < count:
            self._fill()
        taken = self._held[self._taken : self._taken + count]
        self._done_with(count)
        return taken

    def _done_with(self, count: int) -> None:
        self._taken += count
        self.place += count

    def _fill(self) -> None:
        block = self._stream.read(_BLOCK_BYTES)
        left = self._held[self._taken :]
        if not block:
            raise cut_off(self.place + len(left))
        self._held, self._taken = left + block, 0


def _without_lengths(rows: bytes) -> bytes:
    return b"".join(_LENGTH.split(rows))
