"""The SHA-256 of files that somebody else writes, taken while they grow."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from alphanest_db.backup.manifest import BackupFile

_CHUNK_BYTES = 1 << 20


class FollowedFolder:
    """The files of a folder, each of which is written once, from its beginning to its end, as pg_dump does."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = folder
        self._files: dict[Path, _Followed] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hashing")

    def __enter__(self) -> "FollowedFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def follow(self) -> int:
        """Hash what has come; returns how large all files are."""
        there = {path: self._files.get(path) or _Followed(path) for path in _paths(self._folder)}
        self._files = there
        return sum(self._pool.map(_Followed.read_on, there.values()))

    def finished(self) -> tuple[BackupFile, ...]:
        """All files, once nobody writes any more."""
        self.follow()
        return tuple(self._files[path].as_written(self._folder.parent) for path in sorted(self._files))


class _Followed:
    """One file, of which `_read_bytes` are hashed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash, self._read_bytes = hashlib.sha256(), 0

    def read_on(self) -> int:
        """Hash what has come, and not what comes meanwhile; returns the size."""
        try:
            with self._path.open("rb", buffering=0) as file:
                size_bytes = os.fstat(file.fileno()).st_size
                if size_bytes < self._read_bytes:  # begun anew
                    self._hash, self._read_bytes = hashlib.sha256(), 0
                file.seek(self._read_bytes)
                for chunk in _chunks(file.fileno(), size_bytes - self._read_bytes):
                    self._hash.update(chunk)
                    self._read_bytes += len(chunk)
                return size_bytes
        except FileNotFoundError:  # it was removed just now
            return 0

    def as_written(self, folder: Path) -> BackupFile:
        return BackupFile(self._path.relative_to(folder).as_posix(), self._read_bytes, self._hash.hexdigest())


def _paths(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:  # pg_dump has not begun
        return []


def _chunks(handle: int, size_bytes: int) -> Iterator[bytes]:
    while size_bytes > 0 and (chunk := os.read(handle, min(size_bytes, _CHUNK_BYTES))):
        size_bytes -= len(chunk)
        yield chunk
