"""Hashing many passwords at once: bcrypt releases Python's lock, so threads use all cores."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from alphanest_db.accounts.passwords import hash_password
from alphanest_db.settings import PasswordScheme

_BATCH_SECONDS = 0.05  # work of one thread between two looks for more
_CHEAPEST_COST = 4
_CHEAPEST_SECONDS = 0.001


def hash_passwords(passwords: Sequence[str], *, cost: int, scheme: PasswordScheme) -> Iterator[str]:
    """The stored forms in the same order, as they come: the next ones are made while the caller does something else.

    Raises WeakPassword.
    """
    size = max(1, round(_BATCH_SECONDS / _seconds(cost)))
    batches = [passwords[start : start + size] for start in range(0, len(passwords), size)]
    with ThreadPoolExecutor(_cores()) as pool:
        try:
            for hashes in pool.map(lambda batch: [hash_password(p, cost=cost, scheme=scheme) for p in batch], batches):
                yield from hashes
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def hashing_seconds(count: int, cost: int) -> float:
    """About how long so many passwords take, on all cores of this machine."""
    return count * _seconds(cost) / _cores()


def _seconds(cost: int) -> float:
    return float(_CHEAPEST_SECONDS * 2 ** (cost - _CHEAPEST_COST))


def _cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
