"""Random numbers that depend on a seed, a purpose and a place in a table alone, and not on who asks, or when.

Any process can make any row. Only whole-number arithmetic and the four basic operations on doubles are used, so that the
same numbers come out on every processor and with every NumPy.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = tuple(np.uint64(shift) for shift in (30, 27, 31))
_UNIT = 2.0**-53


class Draws:
    """The random numbers of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def bits(self, purpose: str, places: Ints) -> Bits:
        """64 random bits for each place, by SplitMix64 (Steele, Lea, Flood 2014)."""
        mixed = places.astype(np.uint64)
        mixed *= _STEP
        mixed += self._key(purpose)
        for shift, factor in zip(_SHIFTS, (_FIRST, _SECOND), strict=False):
            mixed ^= mixed >> shift
            mixed *= factor
        mixed ^= mixed >> _SHIFTS[2]
        return mixed

    def shares(self, purpose: str, places: Ints) -> Floats:
        """A number from 0 to below 1 for each place."""
        return shares(self.bits(purpose, places))

    def whole(self, purpose: str) -> int:
        """64 random bits for a purpose."""
        return int(self._key(purpose))

    def _key(self, purpose: str) -> np.uint64:
        digest = blake2b(f"{self._seed} {purpose}".encode(), digest_size=8).digest()
        return np.uint64(int.from_bytes(digest, "little"))


def shares(bits: Bits) -> Floats:
    """Random bits as numbers from 0 to below 1."""
    return (bits >> np.uint64(11)).astype(np.float64) * _UNIT


def field(bits: Bits, low: int, width: int) -> Ints:
    """`width` of the bits, from bit `low` on, as whole numbers."""
    return ((bits >> np.uint64(low)) & np.uint64((1 << width) - 1)).astype(np.int64)
