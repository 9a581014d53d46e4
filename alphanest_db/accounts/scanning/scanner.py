"""Looks into streams, however they are packed, and remembers what looks like a key."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping

from alphanest_db.accounts.scanning.damage import DAMAGED, reason_of
from alphanest_db.accounts.scanning.model import Found, Skipped
from alphanest_db.accounts.scanning.streams import Begun, Budget, ExpandsTooFar, Metered
from alphanest_db.accounts.scanning.text import Stream, find_keys
from alphanest_db.accounts.scanning.unpacking import as_text, is_binary, unpacker

_DEEPEST = 8
_TELL_SECONDS = 0.2

ScanProgress = Callable[["Scanner"], None]


class Scanner:
    """What was found so far, what was skipped, and how much was looked at."""

    def __init__(self, environ: Mapping[str, str], progress: ScanProgress = lambda _scanner: None) -> None:
        self.found: list[Found] = []
        self.skipped: list[Skipped] = []
        self.files = 0
        self.objects = 0
        self.binary_files = 0
        self.size_bytes = 0
        self._environ = environ
        self._progress = progress
        self._told = time.monotonic()

    def scan(self, begun: Begun, place: str, size_bytes: int, *, object_id: str | None = None) -> None:
        """Look into a file of that size and all that is packed in it.

        What is damaged, or makes far more than it should, is looked at up to there, and noted as skipped.
        """
        try:
            self._scan(begun, place, Budget(size_bytes), object_id, depth=0)
        except ExpandsTooFar:
            self.skip(place, "far more comes out of it than should out of a file of its size; looked at up to there")

    def skip(self, place: str, reason: str) -> None:
        """Note what is not looked at."""
        self.skipped.append(Skipped(place, reason))

    def metered(self, stream: Stream) -> Stream:
        """The stream, with what is read of it counted, and told now and then."""
        return Metered(stream, self._count)

    def _scan(self, begun: Begun, place: str, budget: Budget, object_id: str | None, *, depth: int) -> None:
        with self._noting(place):
            unpack = unpacker(begun.head)
            if unpack is None:
                self._read(begun, place, object_id)
            elif depth == _DEEPEST:
                self.skip(place, f"it is packed more than {_DEEPEST} times")
            else:
                with contextlib.closing(unpack(begun, self._environ)) as members:
                    for name, member in members:
                        inner = Begun(Metered(member, budget.spend))
                        self._scan(inner, place + name, budget, object_id, depth=depth + 1)

    def _read(self, begun: Begun, place: str, object_id: str | None) -> None:
        if is_binary(begun.head):
            self.binary_files += 1
            return
        for sighting in find_keys(as_text(begun)):
            self.found.append(Found(sighting.key, place, sighting.line, sighting.is_certain, object_id))

    def _count(self, size_bytes: int) -> None:
        self.size_bytes += size_bytes
        now = time.monotonic()
        if now - self._told > _TELL_SECONDS:
            self._told = now
            self._progress(self)

    @contextlib.contextmanager
    def _noting(self, place: str) -> Iterator[None]:
        try:
            yield
        except DAMAGED as error:
            self.skip(place, reason_of(error))
