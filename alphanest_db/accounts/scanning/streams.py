"""Streams of bytes put together: read twice, read in part, counted, recoded."""

import codecs
import io
import tempfile
from collections.abc import Callable
from typing import IO

from alphanest_db.accounts.scanning.damage import DAMAGED
from alphanest_db.accounts.scanning.text import CHUNK_BYTES, Stream

HEAD_BYTES = 1 << 16
_LEAST_EXPANDED_BYTES = 1 << 27
_MOST_EXPANSION = 300  # real dumps shrink to a hundredth at most; what shrinks more was made to fill a disk


class ExpandsTooFar(Exception):
    """Far more comes out of a file than should out of one of its size."""


class Budget:
    """How much may come out of one file, all that is packed in it together."""

    def __init__(self, size_bytes: int) -> None:
        self._left_bytes = max(_LEAST_EXPANDED_BYTES, size_bytes * _MOST_EXPANSION)

    def spend(self, size_bytes: int) -> None:
        """Raises ExpandsTooFar where nothing is left."""
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise ExpandsTooFar


class Metered:
    """A stream that tells of every piece that is read of it."""

    def __init__(self, stream: Stream, tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell = tell

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        data = self._stream.read(size)
        self._tell(len(data))
        return data


class Part:
    """The next so many bytes of a stream."""

    def __init__(self, stream: Stream, size_bytes: int) -> None:
        self._stream = stream
        self._left_bytes = size_bytes

    def read(self, size: int, /) -> bytes:
        """At most that many bytes. Raises EOFError where the stream ends before its part."""
        wanted = min(size, self._left_bytes)
        data = self._stream.read(wanted) if wanted else b""
        if wanted and not data:
            raise EOFError("it ends too early")
        self._left_bytes -= len(data)
        return data

    def skip_rest(self) -> None:
        """Read what nobody wanted."""
        while self.read(CHUNK_BYTES):
            pass


class Begun:
    """A stream whose first bytes were looked at, as `head`; it is read as if nobody had."""

    def __init__(self, stream: Stream, file: io.FileIO | None = None) -> None:
        self.head, self._error = _read_head(stream)
        self._again = self.head
        self._stream = stream
        self._file = file

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        if not self._again:
            if self._error:
                raise self._error
            return self._stream.read(size)
        data, self._again = self._again[:size], self._again[size:]
        return data

    def as_file(self) -> IO[bytes]:
        """A file with all of it, at its beginning: the real one, else a copy without a name. Call it before reading."""
        if self._file is not None and self._file.seekable():
            self._file.seek(0)
            return io.BufferedReader(self._file)
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        while data := self.read(CHUNK_BYTES):
            copy.write(data)
        copy.seek(0)
        return copy


class Stepwise:
    """A file of the standard library, read so that what comes before an error is given before it is raised."""

    def __init__(self, file: IO[bytes]) -> None:
        self._read = getattr(file, "read1", file.read)

    def read(self, size: int, /) -> bytes:
        """Some bytes, at least one but at the end."""
        data: bytes = self._read(size)
        return data


class Recoded:
    """Text of another encoding, as UTF-8."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int, /) -> bytes:
        """Some bytes, at least one but at the end."""
        while data := self._stream.read(size):
            if text := self._decoder.decode(data):
                return text.encode("utf-8", "replace")
        return b""


def _read_head(stream: Stream) -> tuple[bytes, Exception | None]:
    """The first bytes, and what went wrong behind them."""
    data = b""
    try:
        while len(data) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(data))):
            data += more
    except DAMAGED as error:
        return data, error
    return data, None
