r"""The rows behind a COPY ... FROM stdin in a plain dump, up to the line `\.`, in big blocks."""

from collections.abc import Callable

from alphanest_db.backup.plain.source import BLOCK_BYTES, Source
from alphanest_db.errors import AlphanestError

_END = b"\n\\.\n"


class CopyData:
    """A file for psycopg2's copy_expert, which wants rows with `read`; no more than a block of them is in memory.

    `is_complete` tells whether the rows were ended, `rest` is what was read behind their end, `lines` counts what was used up,
    and `failure` keeps our own error, which psycopg2 replaces with one of the server's.
    """

    def __init__(self, source: Source, begun: bytes, told: Callable[[], None] = lambda: None) -> None:
        """`begun` is what was read already; it begins with the line break behind the statement."""
        self.lines = 0
        self.rest = b""
        self.is_complete = False
        self.failure: AlphanestError | None = None
        self._source = source
        self._held = begun
        self._told = told
        self._is_first = True

    def read(self, _size: int = -1, /) -> bytes:
        """The next rows; none at the end of the rows or of the file."""
        try:
            return self._next()
        except AlphanestError as error:
            self.failure = error
            raise

    def _next(self) -> bytes:
        self._told()
        while not self.is_complete:
            found = self._held.find(_END)
            if found >= 0:
                self.is_complete = True
                self.rest = self._held[found + len(_END) :]
                self.lines += 1  # the end's own
                return self._given(self._held[: found + 1])
            block = self._source.read(BLOCK_BYTES)
            if not block:
                return b""
            begin, self._held = self._split(block)
            if data := self._given(begin):
                return data
        return b""

    def _split(self, block: bytes) -> tuple[bytes, bytes]:
        """What can be given away, and what has to be looked at: the end may begin in one block and go on in the next."""
        edge = len(self._held) - len(_END) + 1
        if edge <= 0:
            return b"", self._held + block
        return self._held[:edge], self._held[edge:] + block

    def _given(self, data: bytes) -> bytes:
        self.lines += data.count(b"\n")
        if self._is_first and data:
            self._is_first = False
            return data[1:]
        return data
