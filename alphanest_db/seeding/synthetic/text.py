"""Columns of numbers as columns of text, a whole block at a time; a NUL stands for "no character here".

Rows of COPY text are put together from such columns and lose their NULs last, in one go. Tables of all pairs and quadruples of
digits make this some ten times as fast as formatting one number after the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alphanest_db.seeding.synthetic.draws import Bits, Ints
from alphanest_db.seeding.synthetic.market import TICK
from alphanest_db.seeding.synthetic.rhythm import DAY

Text = NDArray[np.uint8]  # a row of characters for each value

NULL = "\\N"
_NONE = b"\0"
_SECOND = 1_000_000


def _table(texts: Sequence[bytes]) -> Text:
    """Each text in a row of the width of the longest one."""
    width = max(map(len, texts))
    return np.frombuffer(b"".join(text.ljust(width, _NONE) for text in texts), np.uint8).reshape(len(texts), width)


def words(texts: Sequence[str]) -> Text:
    """A table of words to choose from, by number."""
    return _table([text.encode() for text in texts])


# Four digits: as they are; and without zeros before the first other digit.
_FOUR = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
_FOUR_LEADING = np.frombuffer(b"".join((b"%d" % n).rjust(4, _NONE) for n in range(10_000)), np.uint32)
_LEADING = np.concatenate([_FOUR_LEADING, _FOUR])
_HIGH = _FOUR_LEADING.copy()
_HIGH[0] = 0
# Six decimals, as two and four, without zeros after the last other digit; the first one stays.
_TRAILING_FOUR = np.frombuffer(b"".join((b"%04d" % n).rstrip(b"0").ljust(4, _NONE) for n in range(10_000)), np.uint32)
_TWO = [b"%02d" % n for n in range(100)]
_TRAILING_TWO = np.frombuffer(b"".join([*_TWO, *(t[:1] + t[1:].replace(b"0", _NONE) for t in _TWO)]), np.uint16)
_HEXADECIMAL = np.frombuffer("".join(f"{n:04x}" for n in range(65_536)).encode(), np.uint32)
_THREE = np.frombuffer(b"".join(b"%03d" % n for n in range(1000)), np.uint8).reshape(1000, 3)
_CLOCK = np.frombuffer(
    b"".join(b"%02d:%02d:%02d." % (n // 3600, n // 60 % 60, n % 60) for n in range(86_400)), np.uint8
).reshape(86_400, 9)

UUID_WIDTH, NUMBER_WIDTH, MOMENT_WIDTH = 36, 15, 29


def write_uuids(out: Text, high: Bits, low: Bits) -> None:
    """The two halves as a UUID."""
    halves = np.stack([high, low], axis=1).astype(">u8").view(">u2")
    digits = _HEXADECIMAL[halves].view(np.uint8)
    place = 0
    for first, last in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)):
        out[:, place : place + last - first] = digits[:, first:last]
        place += last - first + 1
    out[:, (8, 13, 18, 23)] = ord("-")


def write_numbers(out: Text, millionths: Ints) -> None:
    """Numbers from 0 to below a hundred million, without needless zeros: `0.5`, `64210.25`, `3.0`."""
    whole, decimals = np.divmod(millionths, TICK)
    high, low = np.divmod(whole, 10_000)
    out[:, 0:4] = _bytes(_HIGH[high])
    out[:, 4:8] = _bytes(_LEADING[low + 10_000 * (high > 0)])
    out[:, 8] = ord(".")
    two, four = np.divmod(decimals, 10_000)
    out[:, 9:11] = _bytes(_TRAILING_TWO[two + 100 * (four == 0)])
    out[:, 11:15] = _bytes(_TRAILING_FOUR[four])


class Moments:
    """Writes moments of a span of days as PostgreSQL does, in UTC."""

    def __init__(self, start: datetime, days: int) -> None:
        self._start = int(start.timestamp()) * _SECOND
        self._days = words([f"{start + timedelta(days=day):%Y-%m-%d} " for day in range(days)])

    def strings(self, moments: Ints) -> list[str]:
        """The moments as COPY text, with NULL for 0."""
        out = np.empty((len(moments), MOMENT_WIDTH), np.uint8)
        self.write(out, np.where(moments == 0, self._start, moments))
        return [text if moment else NULL for text, moment in zip(_split(out), moments.tolist(), strict=True)]

    def write(self, out: Text, moments: Ints) -> None:
        """Microseconds since 1970, within the span, as `2026-11-24 13:05:07.123456+00`."""
        days, within = np.divmod(moments - self._start, DAY)
        seconds, micros = np.divmod(within, _SECOND)
        out[:, 0:11] = self._days[days]
        out[:, 11:20] = _CLOCK[seconds]
        thousands, ones = np.divmod(micros, 1000)
        out[:, 20:23] = _THREE[thousands]
        out[:, 23:26] = _THREE[ones]
        out[:, 26:29] = (ord("+"), ord("0"), ord("0"))


def uuid_strings(high: Bits, low: Bits) -> list[str]:
    """The two halves as UUIDs."""
    out = np.empty((len(high), UUID_WIDTH), np.uint8)
    write_uuids(out, high, low)
    return _split(out)


def _split(rows: Text) -> list[str]:
    text, width = rows.tobytes().decode("ascii"), rows.shape[1]
    return [text[place : place + width] for place in range(0, len(text), width)]


def _bytes(numbers: NDArray[np.generic]) -> Text:
    return numbers.view(np.uint8).reshape(len(numbers), -1)
