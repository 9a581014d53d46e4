"""What is restored: a dump, where it lies, and how it is to be read."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, assert_never

import zstandard
from isal import igzip

from alphanest_db.backup.manifest import Compressor, DumpFormat, Manifest, Method
from alphanest_db.backup.store import Backup

_BLOCK_BYTES = 1 << 20
# The version of an archive changed with these major versions; an older pg_restore does not read it (pg_backup_archiver.h).
_ARCHIVE_CHANGED = (17, 16)
_OLDEST = 15


@dataclass(frozen=True)
class Dump:
    """A dump of pg_dump's; `method` is how the file as a whole is compressed.

    `archive_version` is the lowest major version of pg_restore that reads it. Only our own backups have a manifest.
    """

    name: str
    path: Path
    format: DumpFormat
    method: Method
    archive_version: int
    size_bytes: int
    manifest: Manifest | None = None

    @property
    def has_fingerprints(self) -> bool:
        """Whether the rows can be compared with what was dumped."""
        return self.manifest is not None and self.manifest.has_fingerprints


def dump_of(backup: Backup) -> Dump:
    """The dump in a backup of ours."""
    manifest = backup.manifest
    around = manifest.compression.method if manifest.compression.by is Compressor.alphanest else Method.none
    tool_version = int(manifest.tool_version.split(".")[0])
    return Dump(
        backup.id, backup.dump, manifest.format, around, archive_version(tool_version), manifest.size_bytes, manifest
    )


def archive_version(tool_version: int) -> int:
    """The lowest major version of pg_restore for what that pg_dump wrote.

    >>> archive_version(18), archive_version(15)
    (17, 15)
    """
    return next((version for version in _ARCHIVE_CHANGED if tool_version >= version), _OLDEST)


@contextlib.contextmanager
def opened(dump: Dump) -> Iterator[IO[bytes]]:
    """The bytes of a dump in one file, decompressed."""
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
    """The archive as pg_restore reads it from several processes: what we compressed, decompressed in `folder` for as long.

    On Linux that file has no name, so that nothing is left of it whenever we end.
    """
    if dump.method is Method.none:
        yield dump.path
        return
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".restore-", delete=sys.platform != "linux") as file:
        if sys.platform == "linux":
            Path(file.name).unlink()
        with opened(dump) as stream:
            shutil.copyfileobj(stream, file, _BLOCK_BYTES)
        file.flush()
        yield Path(f"/proc/{os.getpid()}/fd/{file.fileno()}") if sys.platform == "linux" else Path(file.name)
