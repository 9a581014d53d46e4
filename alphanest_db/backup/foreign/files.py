"""The files of a directory dump: those that its table of contents names, and nothing outside of the folder."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.errors import RefusedDump
from alphanest_db.programs.archive import Contents, Entry
from alphanest_db.programs.archive_data import Block
from alphanest_db.redact import printable

CONTENTS_FILE = "toc.dat"
_SUFFIXES = {"none": "", "gzip": ".gz", "lz4": ".lz4", "zstd": ".zst"}
# pg_restore takes a file that begins otherwise for one that is not packed, and an empty one for a table without rows.
_BEGINNINGS = {"": b"", ".gz": b"\x1f\x8b", ".lz4": b"\x04\x22\x4d\x18", ".zst": b"\x28\xb5\x2f\xfd"}
_LZ4_END = bytes(4)  # before the checksum of the content, if the flags say that there is one
_LZ4_CHECKSUM = 0b100
_ROWS = re.compile(r"[0-9]{1,10}\.dat")
_LARGE_OBJECT_LIST = re.compile(r"blobs(?:_[0-9]{1,10})?\.toc")
_LARGE_OBJECT = re.compile(rb"([0-9]{1,10}) (blob_[0-9]{1,10}\.dat)\n")
_PIECE_BYTES = 1 << 18  # unpacked, it fits into a core's cache
_LONGEST_LIST_BYTES = 1 << 30


def regular_file(folder: Path, name: str) -> Path:
    """The plain file of that name in the folder. Raises RefusedDump where it is missing or something else, such as a link."""
    path = folder / name
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        raise RefusedDump(
            f"the dump is not whole: its file {printable(name)} is missing",
            None,
            "Get the whole folder, or dump again.",
        ) from None
    if not stat.S_ISREG(mode):
        raise RefusedDump(f"{printable(name)} in the dump is a link or no plain file, which pg_dump does not make")
    return path


def data_files(folder: Path, contents: Contents) -> Iterator[Block]:
    """The data of every object; large objects one by one. Raises RefusedDump."""
    suffix = _SUFFIXES[contents.compression]
    for entry in contents.entries:
        if entry.type == "BLOBS" and entry.has_data:
            for number, name in _large_objects(folder, entry):
                yield Block(entry, _pieces(_packed(folder, name, suffix)), number)
        elif entry.has_data or entry.file:
            if not _ROWS.fullmatch(entry.file):
                raise _refused_name(entry.file)
            yield Block(entry, _pieces(_packed(folder, entry.file, suffix)))


def _large_objects(folder: Path, entry: Entry) -> Iterator[tuple[int, str]]:
    if not _LARGE_OBJECT_LIST.fullmatch(entry.file):
        raise _refused_name(entry.file)
    path = regular_file(folder, entry.file)
    if path.stat().st_size > _LONGEST_LIST_BYTES:
        raise RefusedDump(f"the list {entry.file} of the dump is longer than 1 GiB")
    with path.open("rb") as lines:
        for line in lines:
            match = _LARGE_OBJECT.fullmatch(line)
            if match is None:
                raise _refused_name(line.decode("utf-8", "replace"))
            yield int(match[1]), match[2].decode()


def _packed(folder: Path, name: str, suffix: str) -> Path:
    """The one file that pg_restore would take: it looks for an unpacked one first, whatever the contents say."""
    there = [
        name + one
        for one in _SUFFIXES.values()
        if (folder / (name + one)).is_symlink() or (folder / (name + one)).exists()
    ]
    if len(there) > 1:
        raise RefusedDump(f"the dump has two files for one: {printable(', '.join(there))}")
    path = regular_file(folder, name + suffix)
    if not _has_its_form(path, suffix):
        raise RefusedDump(
            f"the dump is damaged: {printable(path.name)} is not whole, or not what its name says", None,
            "Get the whole folder, or dump again.",
        )  # fmt: skip
    return path


def _has_its_form(path: Path, suffix: str) -> bool:
    """Whether the file begins as its name says; one in lz4, which is not unpacked here, must also end so (lz4_Frame_format.md)."""
    beginning = _BEGINNINGS[suffix]
    with path.open("rb") as file:
        if file.read(len(beginning)) != beginning:
            return False
        if suffix != ".lz4":
            return True
        [flags] = file.read(1) or b"\0"
        end_bytes = 2 * len(_LZ4_END) if flags & _LZ4_CHECKSUM else len(_LZ4_END)
        file.seek(max(0, os.fstat(file.fileno()).st_size - end_bytes))
        return file.read(len(_LZ4_END)) == _LZ4_END


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _refused_name(name: str) -> RefusedDump:
    return RefusedDump(
        f"the dump's table of contents names the file {printable(name)[:80]!r}, as pg_dump names none", None,
        "Such a name can lead out of the dump's folder; nothing was read there.",
    )  # fmt: skip
