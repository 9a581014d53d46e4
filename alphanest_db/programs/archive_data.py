"""The rows in an archive of pg_dump: a custom dump's blocks, walked to the last, and the rows themselves, unpacked.

The layout is _StartData and _WriteLOs in pg_backup_custom.c: a block's kind and object, then pieces with their lengths.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import zstandard
from isal import isal_zlib

from alphanest_db.errors import RefusedDump
from alphanest_db.programs.archive import ArchiveReader, Contents, Entry, Readable, cut_off, read_entries

_ROWS, _LARGE_OBJECTS = 1, 3
_UNPACKED_BYTES = 1 << 20
_ZSTD_BYTES = 1 << 11  # unpacked, 64 MiB at most: four bytes can stand for 128 KiB
END_OF_ROWS = b"\\.\n\n\n"


@dataclass(frozen=True)
class Block:
    """The data of one entry, or of one large object of it; `pieces` are as they are in the file, and read but once."""

    entry: Entry
    pieces: Iterable[bytes]
    large_object: int | None = None  # its number


def data_blocks(stream: Readable, contents: Contents) -> Iterator[Block]:
    """All the data of a custom dump; the stream stands behind the contents.

    Raises RefusedDump where the file ends too early, lacks an entry's data, or has what belongs to none.
    """
    missing = {entry.dump_id: entry for entry in contents.entries if entry.has_data}
    reader = ArchiveReader(stream, contents.layout.integer_bytes)
    reader.place = contents.size_bytes
    while missing:
        if reader.peek() is None:
            raise cut_off(reader.place)
        kind, entry = reader.byte(), missing.pop(reader.integer(), None)
        if entry is None or kind not in (_ROWS, _LARGE_OBJECTS):
            raise RefusedDump(f"the archive is damaged: what belongs to no object stands before byte {reader.place}")
        yield from _blocks_of(entry, kind, reader)
    _refuse_more(reader, contents)


def _refuse_more(reader: ArchiveReader, contents: Contents) -> None:
    """pg_dump 16 and newer append the list of objects a second time when a shell has opened the file for them."""
    if reader.peek() is None:
        return
    again = read_entries(reader, contents.layout)
    same = [replace(entry, offset=None) for entry in again] == [
        replace(entry, offset=None) for entry in contents.entries
    ]
    if not same or reader.peek() is not None:
        raise RefusedDump(f"the archive is damaged: it goes on behind its data, before byte {reader.place}")


def _blocks_of(entry: Entry, kind: int, reader: ArchiveReader) -> Iterator[Block]:
    if kind == _ROWS:
        yield from _whole(Block(entry, _pieces(reader)))
    else:
        while number := reader.integer():
            yield from _whole(Block(entry, _pieces(reader), number))


def _whole(block: Block) -> Iterator[Block]:
    yield block
    for _piece in block.pieces:  # what the caller left
        pass


def _pieces(reader: ArchiveReader) -> Iterator[bytes]:
    while length := reader.integer():
        if length < 0:
            raise RefusedDump(f"the archive is damaged: a negative length stands before byte {reader.place}")
        yield from reader.pieces(length)


def unpacked(pieces: Iterable[bytes], compression: str, *, in_file: bool = False) -> Iterator[bytes]:
    """The data itself, and its checksum proved. Raises RefusedDump where it is damaged or cut off.

    A directory dump has its data `in_file`s, which gzip can read; a custom one has zlib's form of the same.

    For lz4, which Python cannot read, nothing is yielded and nothing proved.
    """
    match compression:
        case "none":
            yield from pieces
        case "gzip":
            yield from _inflated(pieces, isal_zlib.MAX_WBITS + 16 if in_file else isal_zlib.MAX_WBITS)
        case "zstd":
            yield from _decompressed(pieces)


def _inflated(pieces: Iterable[bytes], form: int) -> Iterator[bytes]:
    engine = isal_zlib.decompressobj(form)
    for piece in pieces:
        rest = piece
        while rest:
            yield _run(engine.decompress, rest, _UNPACKED_BYTES)
            rest = engine.unconsumed_tail
    if not engine.eof or engine.unused_data:
        raise _damaged()


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    engine = zstandard.ZstdDecompressor().decompressobj()
    for piece in pieces:
        for start in range(0, len(piece), _ZSTD_BYTES):
            yield _run(engine.decompress, piece[start : start + _ZSTD_BYTES])
    if not engine.eof or engine.unused_data:
        raise _damaged()


def _run(decompress: Callable[..., bytes], *arguments: object) -> bytes:
    try:
        return decompress(*arguments)
    except (isal_zlib.error, zstandard.ZstdError) as error:  # type: ignore[misc] # isal declares an instance, and means the class
        raise _damaged() from error


def _damaged() -> RefusedDump:
    return RefusedDump("the archive is damaged: rows cannot be unpacked", None, "Get the whole file, or dump again.")
