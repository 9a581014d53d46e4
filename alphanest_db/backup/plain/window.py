"""The part of a dump that is looked at: from the beginning of the statement at hand to as far as was read."""

import re

from alphanest_db.backup.plain.source import BLOCK_BYTES, Source
from alphanest_db.errors import RefusedDump

# The server takes no longer statement (MaxAllocSize).
LONGEST_BYTES = (1 << 30) - 1


class Window:
    """Bytes with a mark where the statement begins, and a place up to which they were read by the lexer.

    A statement of any length is read in linear time: as much is read anew as there is of it.
    """

    def __init__(self, source: Source) -> None:
        self.line = 1  # of the mark
        self._source = source
        self._bytes = b""
        self._mark = 0
        self._place = 0
        self._ended = False

    # What there is

    def has(self, count: int) -> bool:
        """Whether so many bytes follow."""
        while len(self._bytes) - self._place < count and self._more():
            pass
        return len(self._bytes) - self._place >= count

    def sees(self, text: bytes) -> bool:
        """Whether this follows."""
        self.has(len(text))
        return self._bytes.startswith(text, self._place)

    def peek(self, count: int = 1) -> bytes:
        """The next bytes; fewer at the end."""
        self.has(count)
        return self._bytes[self._place : self._place + count]

    def since_mark(self) -> bytes:
        """What was read since the mark."""
        return self._bytes[self._mark : self._place]

    def line_here(self) -> int:
        """The line of what follows."""
        return self.line + self._bytes.count(b"\n", self._mark, self._place)

    # Reading on

    def step(self, count: int = 1) -> None:
        """Read on by so many bytes, which are there."""
        self._place += count

    def take(self, pattern: re.Pattern[bytes]) -> bytes:
        """Read on by what matches here, as far as it goes, be it behind what has been read of the file; may be nothing."""
        while True:
            match = pattern.match(self._bytes, self._place)
            if match is None or match.end() < len(self._bytes) or not self._more():
                break
        if match is None:
            return b""
        self._place = match.end()
        return match[0]

    def take_up_to(self, mark: bytes, inside: re.Pattern[bytes], what: str) -> None:
        """Read on by `inside`, piece by piece, until the mark follows. Raises RefusedDump where the file ends before."""
        while True:
            match = inside.match(self._bytes, self._place)
            self._place = match.end() if match else self._place
            if self._bytes.startswith(mark, self._place):
                return
            self._need(what)

    def search(self, pattern: re.Pattern[bytes], longest: int, what: str) -> bytes:
        """Read on behind the next match, of `longest` bytes at most. Raises RefusedDump where the file ends before."""
        while True:
            match = pattern.search(self._bytes, self._place)
            if match:
                self._place = match.end()
                return match[0]
            self._place = max(self._place, len(self._bytes) - longest + 1)
            self._need(what)

    def find(self, text: bytes, what: str) -> None:
        """Read on behind the next such text. Raises RefusedDump where the file ends before."""
        self.search(re.compile(re.escape(text)), len(text), what)

    def put_mark(self) -> None:
        """The statement begins here."""
        self.line = self.line_here()
        self._mark = self._place

    # Somebody else reads on

    def hand_over(self) -> bytes:
        """What was read and not used, a byte at least unless the file ends; whoever takes it reads on in the source."""
        self.has(1)
        rest, self._bytes = self._bytes[self._place :], b""
        self._mark = self._place = 0
        return rest

    def take_back(self, rest: bytes, lines: int) -> None:
        """Go on with `rest`; so many lines were used up meanwhile."""
        self._bytes, self._mark, self._place = rest, 0, 0
        self.line += lines

    def refused(self, what: str) -> RefusedDump:
        """The error for the statement at hand."""
        return RefusedDump(f"the statement in line {self.line} of the dump {what}", self.line)

    def _need(self, what: str) -> None:
        if not self._more():
            raise self.refused(f"is not ended: the file is cut off within {what}")

    def _more(self) -> bool:
        if self._ended:
            return False
        kept = len(self._bytes) - self._mark
        if kept > LONGEST_BYTES:
            raise self.refused("is longer than 1 GiB, which no server takes")
        block = self._source.read(max(BLOCK_BYTES, kept))
        self._ended = not block
        self._bytes = self._bytes[self._mark :] + block
        self._place -= self._mark
        self._mark = 0
        return bool(block)
