"""A file that is compressed and hashed while it is written, in a thread of its own."""

import contextlib
import hashlib
import os
import queue
import threading
from pathlib import Path
from types import TracebackType

from alphanest_db.backup.compression import Compressor

_WAITING_CHUNKS = 16
_FLUSH_BYTES = 32 << 20


class HashedFile:
    """Takes bytes; beside whoever hands them over, compresses and hashes what goes to the disk.

    Raises the OSError of the thread, such as for a full disk, at the next `write` or at the end.
    """

    def __init__(self, path: Path, compressor: Compressor) -> None:
        self._compressor = compressor
        self._hash = hashlib.sha256()
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_WAITING_CHUNKS)
        self._error: Exception | None = None
        self._flushed_bytes = 0
        self.size_bytes = 0
        self._thread = threading.Thread(target=self._work, name=f"writing {path.name}", daemon=True)
        self._thread.start()

    @property
    def sha256(self) -> str:
        """Of the bytes in the file, once it is closed."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Hand over bytes; waits where the disk is slower."""
        if self._error:
            raise self._error
        self._chunks.put(chunk)

    def __enter__(self) -> "HashedFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._chunks.put(None)
        self._thread.join()
        os.close(self._handle)
        if self._error and error is None:
            raise self._error

    def _work(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            if self._error is None:  # else whoever hands over is not kept waiting until it sees the error
                self._attempt(chunk)
        if self._error is None:
            self._attempt(None)

    def _attempt(self, chunk: bytes | None) -> None:
        try:
            self._store(self._compressor.flush() if chunk is None else self._compressor.compress(chunk))
        except Exception as error:
            self._error = error

    def _store(self, data: bytes) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]
        self.size_bytes += len(data)
        if self.size_bytes - self._flushed_bytes > _FLUSH_BYTES:
            self._begin_to_flush()

    def _begin_to_flush(self) -> None:
        """Have the disk begin with what is written so far, so that little is left to wait for at the end."""
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError):
                length = self.size_bytes - self._flushed_bytes
                os.posix_fadvise(self._handle, self._flushed_bytes, length, os.POSIX_FADV_DONTNEED)
        self._flushed_bytes = self.size_bytes
