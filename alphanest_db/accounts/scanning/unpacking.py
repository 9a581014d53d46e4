"""What is packed in a stream: compressed text, archives, dumps of PostgreSQL; told by its first bytes, not by its name."""

import codecs
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Generator, Mapping
from typing import IO, cast

from alphanest_db.accounts.scanning.decompressing import from_bzip2, from_gzip, from_xz, from_zstd
from alphanest_db.accounts.scanning.streams import Begun, Metered, Recoded, Stepwise
from alphanest_db.accounts.scanning.text import Stream
from alphanest_db.errors import ProgramFailed
from alphanest_db.programs.child import started, watchdog

Member = tuple[str, Stream]  # what to add to the name of what it is packed in, and what it holds
Unpack = Callable[[Begun, Mapping[str, str]], Generator[Member]]

_LOOKED_AT_BYTES = 8000  # as git and grep do
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TAR_MARK = (257, b"ustar")
_DUMP_MARK = b"PGDMP"
_DUMP_FORMAT_AT = 10  # after the mark, three bytes of version, and the sizes of an integer and of an offset
_CUSTOM_FORMAT = 1
_RESTORE_VERSION = 18  # reads the dumps of all older ones
_PATIENCE_SECONDS = 60.0
_NOT_READ = {b"\x04\x22\x4d\x18": "lz4", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR"}


def unpacker(head: bytes) -> Unpack | None:
    """What takes apart a stream that begins like this; None for what is not packed. Raises ValueError for what we cannot read."""
    for mark, unpack in _BY_MARK.items():
        if head.startswith(mark):
            return unpack
    for mark, name in _NOT_READ.items():
        if head.startswith(mark):
            raise ValueError(f"{name} files cannot be read")
    if head.startswith(_DUMP_MARK) and head[_DUMP_FORMAT_AT : _DUMP_FORMAT_AT + 1] == bytes([_CUSTOM_FORMAT]):
        return _dump
    place, mark = _TAR_MARK
    return _tar if head[place : place + len(mark)] == mark else None


def is_binary(head: bytes) -> bool:
    """True for what is no text: it holds a NUL near its beginning, and does not say that it is UTF-16."""
    return b"\0" in head[:_LOOKED_AT_BYTES] and not head.startswith(_UTF16_MARKS)


def as_text(begun: Begun) -> Stream:
    """The text in bytes of which ASCII is one each."""
    return Recoded(begun, "utf-16") if begun.head.startswith(_UTF16_MARKS) else begun


def _decompressing(decompress: Callable[[Stream], Stream]) -> Unpack:
    def unpack(begun: Begun, _environ: Mapping[str, str]) -> Generator[Member]:
        yield "", decompress(begun)

    return unpack


def _tar(begun: Begun, _environ: Mapping[str, str]) -> Generator[Member]:
    with tarfile.open(fileobj=cast("IO[bytes]", begun), mode="r|") as archive:
        for entry in archive:
            archive.members = []  # type: ignore[attr-defined] # tarfile remembers every entry otherwise
            if entry.isreg() and (member := archive.extractfile(entry)):
                yield f"!{entry.name}", Stepwise(member)


def _zip(begun: Begun, _environ: Mapping[str, str]) -> Generator[Member]:
    with begun.as_file() as file, zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                with archive.open(entry) as member:
                    yield f"!{entry.filename}", Stepwise(member)


def _dump(begun: Begun, environ: Mapping[str, str]) -> Generator[Member]:
    """The SQL that pg_restore makes of it; lines are counted in that."""
    from alphanest_db.programs.find import find_client  # only where there is a dump: a hook's start is 40 ms shorter

    program = find_client("pg_restore", _RESTORE_VERSION).path
    with (
        begun.as_file() as file,
        started([str(program), "--file=-"], environ, stdin=file, stdout=subprocess.PIPE) as child,
    ):
        read_bytes = 0

        def tell(size_bytes: int) -> None:
            nonlocal read_bytes
            read_bytes += size_bytes

        with watchdog(child, lambda: read_bytes, patience_seconds=_PATIENCE_SECONDS):
            yield "", Metered(child.stdout, tell)
            child.stdout.close()
            if child.wait():
                raise ProgramFailed("pg_restore cannot read it to its end", child.wait())


_BY_MARK: dict[bytes, Unpack] = {
    b"\x1f\x8b\x08": _decompressing(from_gzip),
    b"\x28\xb5\x2f\xfd": _decompressing(from_zstd),
    b"BZh": _decompressing(from_bzip2),
    b"\xfd7zXZ\0": _decompressing(from_xz),
    b"PK\x03\x04": _zip,
}
