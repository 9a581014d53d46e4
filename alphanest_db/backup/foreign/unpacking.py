"""A compressed file read as what it holds, while it is read."""

import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import zstandard
from isal import igzip, igzip_lib

from alphanest_db.backup.foreign.kinds import HEAD_BYTES, Compression, compression_of
from alphanest_db.backup.plain.source import Readable
from alphanest_db.errors import RefusedDump

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BROKEN: tuple[type[Exception], ...] = (  # type: ignore[assignment] # isal's types call its error an instance
    EOFError, OSError, zlib.error, igzip_lib.IsalError, zstandard.ZstdError,
)  # fmt: skip
_WIDEST_WINDOW = 1 << 27  # zstd --long, and no bomb


class Unpacked:
    """What a compressed stream holds. Raises RefusedDump where it is damaged or cut off."""

    def __init__(self, stream: "BinaryIO | Peeked", compression: Compression) -> None:
        self._stream = _opened(stream, compression)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        try:
            return self._stream.read(size)
        except _BROKEN as error:
            raise RefusedDump(
                "the file is cut off or damaged: it cannot be unpacked to its end",
                None,
                "Get the whole file, or dump again.",
            ) from error


class Peeked(io.RawIOBase):
    """A stream of which the beginning can be looked at before it is read."""

    def __init__(self, stream: Readable) -> None:
        super().__init__()
        self._stream = stream
        self.head = b""
        while len(self.head) < HEAD_BYTES and (block := stream.read(HEAD_BYTES - len(self.head))):
            self.head += block
        self._left = self.head

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        if self._left:
            given = self._left if size < 0 else self._left[:size]
            self._left = self._left[len(given) :]
            return given
        return self._stream.read(size)

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """As `read`, into the buffer."""
        view = memoryview(buffer)
        block = self.read(view.nbytes)
        view[: len(block)] = block
        return len(block)

    def readable(self) -> bool:
        """For those who ask before they read."""
        return True


def unpacked_file(path: Path) -> tuple[BinaryIO, Peeked, Compression]:
    """The open file, which is the caller's to close, what it holds, and what was around that."""
    file = path.open("rb")
    compression = compression_of(file.read(8))
    file.seek(0)
    return file, Peeked(Unpacked(file, compression)), compression


def _opened(stream: "BinaryIO | Peeked", compression: Compression) -> Readable:
    match compression:
        case Compression.none:
            return stream
        case Compression.gzip:
            return igzip.IGzipFile(fileobj=stream, mode="rb")  # type: ignore[no-untyped-call] # isal has no types for it
        case Compression.zstd:
            engine = zstandard.ZstdDecompressor(max_window_size=_WIDEST_WINDOW)
            return engine.stream_reader(stream, read_across_frames=True)  # type: ignore[arg-type] # it only reads
