"""A dump from anywhere, looked at before anything is done with it: what it is, whether it is whole, and what it says of itself."""

import contextlib
import io
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.foreign.archives import check_custom, check_directory, check_statements
from alphanest_db.backup.foreign.files import CONTENTS_FILE, regular_file
from alphanest_db.backup.foreign.kinds import Compression, DumpKind, kind_of_file
from alphanest_db.backup.foreign.unpacking import Peeked, unpacked_file
from alphanest_db.backup.plain.frame import TAIL_BYTES, cut_off, has_last_line
from alphanest_db.errors import InvalidInput, NotRestorable, RefusedDump
from alphanest_db.programs.archive import ArchiveFormat, Contents, read_contents

_SERVER = re.compile(rb"^-- Dumped from database version ([0-9][^\r\n]*)", re.M)
_TOOL = re.compile(rb"^-- Dumped by pg_dump version ([0-9][^\r\n]*)", re.M)
_REVISIONS = re.compile(
    rb"^(?:COPY (?:public\.)?alembic_version \(version_num\) FROM stdin;\r?\n|INSERT INTO public\.alembic_version VALUES \(')"
    rb"((?:[A-Za-z0-9_]{1,32}\r?\n?)*)",
    re.M,
)
# How much of a plain dump is read for its revision, which pg_dump puts before the rows of most other tables.
_SEARCHED_BYTES = 64 << 20


@dataclass(frozen=True)
class ForeignDump:
    """What a dump is. All but `kind`, `compression` and `size_bytes` is what it says of itself.

    `compression` is what is around the whole file. `revisions` is None where they are not told without restoring; a version is
    empty where it is not told. `path` and `size_bytes` are None for what comes from standard input.
    """

    path: Path | None
    kind: DumpKind
    compression: Compression
    size_bytes: int | None
    database: str | None
    server_version: str
    tool_version: str
    revisions: tuple[str, ...] | None


def inspect(path: Path, *, thorough: bool = True) -> ForeignDump:
    """What lies there; a plain dump is proved to have its last line, an archive to be whole and to ask for nothing strange.

    `thorough` unpacks all rows of an archive, to prove their checksums; pg_restore does that as well. Reads only; raises
    InvalidInput where nothing is there, NotRestorable for what is no dump, and RefusedDump for a dump that is not restored.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", "Name a dump: a file, or a folder.") from error
    if stat.S_ISDIR(mode):
        return _inspect_directory(path, thorough)
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{path} is neither a file nor a folder", "Use - for standard input.")
    return _inspect_file(path, thorough)


def plain_facts(head: bytes, compression: Compression) -> ForeignDump:
    """What a plain dump that comes in a stream says of itself at its beginning."""
    return ForeignDump(None, DumpKind.plain, compression, None, None, _told(_SERVER, head), _told(_TOOL, head), None)


def _inspect_file(path: Path, thorough: bool) -> ForeignDump:
    file, stream, compression = unpacked_file(path)
    with contextlib.closing(file):
        kind = kind_of_file(stream.head, compression)
        if kind is DumpKind.plain:
            return _inspect_plain(path, stream, compression)
        contents = read_contents(stream)
        if contents.format is not ArchiveFormat.custom:
            raise NotRestorable(f"this is the {CONTENTS_FILE} of a directory dump alone", "Name its folder.")
        check_statements(contents)
        data = check_custom(stream, contents, thorough=thorough)
        return _archive(path, DumpKind.custom, compression, path.stat().st_size, contents, data.revisions)


def _inspect_plain(path: Path, stream: Peeked, compression: Compression) -> ForeignDump:
    size_bytes = path.stat().st_size
    if compression is Compression.none:
        with path.open("rb") as file:
            file.seek(max(0, size_bytes - TAIL_BYTES))
            if not has_last_line(file.read()):
                raise cut_off()
    told = plain_facts(stream.head, compression)
    return ForeignDump(
        path, DumpKind.plain, compression, size_bytes, None, told.server_version, told.tool_version, _find_revisions(stream)
    )  # fmt: skip


def _inspect_directory(path: Path, thorough: bool) -> ForeignDump:
    if not (path / CONTENTS_FILE).exists() and not (path / CONTENTS_FILE).is_symlink():
        raise NotRestorable(
            f"{path} is no directory dump: it has no {CONTENTS_FILE}", "Name the folder that pg_dump made, or a file."
        )
    with regular_file(path, CONTENTS_FILE).open("rb") as file:
        contents = read_contents(file)
        if contents.format is not ArchiveFormat.directory or file.read(1):
            raise RefusedDump(f"{CONTENTS_FILE} is not that of a directory dump, or is damaged")
    check_statements(contents)
    data = check_directory(path, contents, thorough=thorough)
    size_bytes = sum(item.lstat().st_size for item in path.iterdir())
    return _archive(path, DumpKind.directory, Compression.none, size_bytes, contents, data.revisions)


def _archive(
    path: Path, kind: DumpKind, compression: Compression, size_bytes: int, contents: Contents, revisions: tuple[str, ...] | None
) -> ForeignDump:  # fmt: skip
    return ForeignDump(
        path, kind, compression, size_bytes, contents.database, contents.server_version, contents.tool_version, revisions
    )  # fmt: skip


def _find_revisions(stream: Peeked) -> tuple[str, ...] | None:
    """The revisions in the first part of a plain dump; whatever they are, those in the restored database count."""
    kept = b""
    for _block in range(_SEARCHED_BYTES >> 20):
        block = stream.read(1 << 20)
        if match := _REVISIONS.search(kept + block):
            return tuple(match[1].decode().split())
        if not block:
            return None
        kept = block[-io.DEFAULT_BUFFER_SIZE :]
    return None


def _told(pattern: re.Pattern[bytes], head: bytes) -> str:
    match = pattern.search(head)
    return match[1].decode("utf-8", "replace") if match else ""
