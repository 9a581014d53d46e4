"""The bytes of a plain dump, block by block, as pg_dump wrote them."""

from typing import Protocol

BLOCK_BYTES = 1 << 18
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Readable(Protocol):
    """Anything that gives bytes until there are none."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Source:
    """Reads blocks; takes away what an editor or Windows put in: a byte order mark, and CR before each LF.

    A file belongs to Windows when its first line ends with CR LF. Its own CR LF became CR CR LF there, so nothing is lost.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._held = b""
        first = stream.read(BLOCK_BYTES)
        while b"\n" not in first and (more := stream.read(BLOCK_BYTES)) and len(first) < BLOCK_BYTES:
            first += more
        first = first.removeprefix(_BYTE_ORDER_MARK)
        self._is_windows = first.partition(b"\n")[0].endswith(b"\r")
        self._first = first
        self.read_bytes = 0

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """The next block, of about `size` bytes; none at the end."""
        block = self._first or self._stream.read(size)
        self._first = b""
        self.read_bytes += len(block)
        return self._unix(block) if self._is_windows else block

    def _unix(self, block: bytes) -> bytes:
        while block.endswith(b"\r"):  # what follows it decides
            more = self._stream.read(BLOCK_BYTES)
            self.read_bytes += len(more)
            block += more
            if not more:
                break
        return block.replace(b"\r\n", b"\n")
