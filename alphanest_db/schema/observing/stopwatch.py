"""A clock that stands still while we look: what passes then is not the work's."""

import contextlib
import time
from collections.abc import Iterator


class Stopwatch:
    """Seconds since it was made, without those in which it was stopped."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._stopped_seconds = 0.0

    @property
    def seconds(self) -> float:
        """What it shows now."""
        return time.monotonic() - self._begun - self._stopped_seconds

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """What the block takes does not count."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._stopped_seconds += time.monotonic() - begun
