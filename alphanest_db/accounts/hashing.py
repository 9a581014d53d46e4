"""Hashing many passwords at once: bcrypt releases Python's lock, so threads use all cores."""

import os
import sys
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from alphanest_db.accounts.passwords import hash_password
from alphanest_db.settings import PasswordScheme

_BATCH_SECONDS = 0.05  # work of one thread between two looks for more
_CHEAPEST_COST = 4
_CHEAPEST_SECONDS = 0.001
# Python lets a thread that computes go on for 5 ms while others wait, in which five cheap hashes could be made.
_SWITCH_SECONDS = 0.0001


class Hashing:
    """Passwords that are hashed by all cores while the caller does something else, each under a key of the caller's choice.

    What is still to be hashed when the `with` ends is not hashed any more.
    """

    def __init__(self, *, cost: int, scheme: PasswordScheme) -> None:
        self._cost, self._scheme = cost, scheme
        self._batch_size = max(1, round(_BATCH_SECONDS / _seconds(cost)))
        self._pool = ThreadPoolExecutor(_cores())
        self._waiting: list[str] = []
        self._batches: list[Future[list[str]]] = []
        self._places: dict[Hashable, tuple[int, int]] = {}  # batch, and place in it
        self._switched = sys.getswitchinterval()

    def __enter__(self) -> Self:
        sys.setswitchinterval(_SWITCH_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setswitchinterval(self._switched)
        self._pool.shutdown(cancel_futures=True)

    def begin(self, key: Hashable, password: str) -> None:
        """Have the password hashed, unless that was begun already."""
        if key in self._places:
            return
        self._places[key] = len(self._batches), len(self._waiting)
        self._waiting.append(password)
        if len(self._waiting) == self._batch_size:
            self._hash_waiting()

    def stored(self, key: Hashable) -> str:
        """The stored form of a password that was begun, as soon as it is there. Raises WeakPassword."""
        batch, place = self._places[key]
        if batch == len(self._batches):
            self._hash_waiting()
        return self._batches[batch].result()[place]

    def _hash_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batches.append(self._pool.submit(self._hashes, batch))

    def _hashes(self, passwords: Sequence[str]) -> list[str]:
        return [hash_password(password, cost=self._cost, scheme=self._scheme) for password in passwords]


def hash_passwords(passwords: Sequence[str], *, cost: int, scheme: PasswordScheme) -> Iterator[str]:
    """The stored forms in the same order, as they come: the next ones are made while the caller does something else.

    Raises WeakPassword.
    """
    with Hashing(cost=cost, scheme=scheme) as hashing:
        for place, password in enumerate(passwords):
            hashing.begin(place, password)
        for place in range(len(passwords)):
            yield hashing.stored(place)


def hashing_seconds(count: int, cost: int) -> float:
    """About how long so many passwords take, on all cores of this machine."""
    return count * _seconds(cost) / _cores()


def _seconds(cost: int) -> float:
    return float(_CHEAPEST_SECONDS * 2 ** (cost - _CHEAPEST_COST))


def _cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
