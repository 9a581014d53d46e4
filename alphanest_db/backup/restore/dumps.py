"""What is restored: a dump, where it lies, and how it is to be read."""

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import zstandard
from isal import igzip

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.foreign.opening import OpenDump
from alphanest_db.backup.manifest import Compressor, DumpFormat, Manifest, Method
from alphanest_db.backup.plain.source import Readable
from alphanest_db.backup.restore.nameless import nameless_file, write_all
from alphanest_db.programs.find import major_version

_BLOCK_BYTES = 4 << 20
# The version of an archive changed with these major versions; an older pg_restore does not read it (pg_backup_archiver.h).
_ARCHIVE_CHANGED = (17, 16)
_OLDEST = 15
NEWEST = _ARCHIVE_CHANGED[0]


@dataclass(frozen=True)
class Dump:
    """A dump of pg_dump's, at `path`, or as a `stream` of statements that can be read once.

    `method` is how the file as a whole is compressed. `archive_version` is the lowest major version of pg_restore that reads it,
    `server_version` the major version of the dumped server. What is None is not known; only the dump of a `backup` of ours has a
    manifest.
    """

    name: str
    format: DumpFormat
    archive_version: int
    path: Path | None = None
    stream: Readable | None = None
    method: Method = Method.none
    size_bytes: int | None = None
    server_version: int | None = None
    revisions: tuple[str, ...] | None = None
    backup: Backup | None = None

    @property
    def manifest(self) -> Manifest | None:
        """What the backup says of itself."""
        return self.backup.manifest if self.backup else None

    @property
    def has_fingerprints(self) -> bool:
        """Whether the rows can be compared with what was dumped."""
        return self.manifest is not None and self.manifest.has_fingerprints


def dump_of(backup: Backup) -> Dump:
    """The dump in a backup of ours."""
    manifest = backup.manifest
    around = manifest.compression.method if manifest.compression.by is Compressor.alphanest else Method.none
    return Dump(
        backup.id, manifest.format, archive_version(leading_number(manifest.tool_version) or NEWEST), backup.dump, None, around,
        manifest.size_bytes, major_version(manifest.server_version), manifest.revisions, backup,
    )  # fmt: skip


def dump_of_others(opened: OpenDump, name: str) -> Dump:
    """A dump that somebody else made, and that was looked through."""
    facts = opened.facts
    return Dump(
        name, DumpFormat(facts.kind.value), archive_version(leading_number(facts.tool_version) or NEWEST), opened.archive,
        opened.stream, Method.none, facts.size_bytes, leading_number(facts.server_version), facts.revisions,
    )  # fmt: skip


def leading_number(version: str) -> int | None:
    """The major version in a version as PostgreSQL's programs write it.

    >>> leading_number("15.18 (Debian 15.18-0)"), leading_number("")
    (15, None)
    """
    found = re.match(r"\d+", version)
    return int(found[0]) if found else None


def archive_version(tool_version: int) -> int:
    """The lowest major version of pg_restore for what that pg_dump wrote.

    >>> archive_version(18), archive_version(15)
    (17, 15)
    """
    return next((version for version in _ARCHIVE_CHANGED if tool_version >= version), _OLDEST)


@contextlib.contextmanager
def opened(dump: Dump) -> Iterator[Readable]:
    """The bytes of a dump in one file, decompressed."""
    if dump.path is None:
        assert dump.stream is not None  # one of the two is there
        yield dump.stream
        return
    with dump.path.open("rb") as file:
        match dump.method:
            case Method.none:
                yield file
            case Method.gzip:
                with igzip.open(file, "rb") as stream:  # type: ignore[no-untyped-call] # isal has no annotation there
                    yield stream
            case Method.zstd:
                with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as stream:
                    yield stream
            case _:
                assert_never(dump.method)


@contextlib.contextmanager
def seekable(dump: Dump, folder: Path) -> Iterator[Path]:
    """The archive as pg_restore reads it from several processes: what we compressed, decompressed in `folder` for as long."""
    if dump.path is not None and dump.method is Method.none:
        yield dump.path
        return
    with nameless_file(folder) as (handle, path):
        with opened(dump) as stream:
            _pour(stream, handle)
        yield path


def _pour(stream: Readable, handle: int) -> None:
    """Write all that the stream gives; one block goes to the disk while the next one is decompressed."""
    with ThreadPoolExecutor(1, thread_name_prefix="unpacking") as writer:
        written: Future[None] | None = None
        while block := stream.read(_BLOCK_BYTES):
            if written:
                written.result()
            written = writer.submit(write_all, handle, block)
        if written:
            written.result()
