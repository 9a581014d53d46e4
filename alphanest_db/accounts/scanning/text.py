"""Finding what looks like a key of ours in a stream of bytes, in flat memory and at the speed of the disk."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from alphanest_db.accounts.key_form import PREFIX, SECRET_LENGTH

CHUNK_BYTES = 1 << 18  # fits into a core's cache: larger ones are slower
_KEY = re.compile(rb"ak_[A-Za-z0-9]{32}")
_KEY_BYTES = len(PREFIX) + SECRET_LENGTH
# What is looked at before a key, to tell its own letters from those of an escape: the longest is \u0000.
_BEFORE_BYTES = 6
_ESCAPE = re.compile(rb"(?:%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[abfnrtv0])$")
_FEWEST_CHARACTERS = 8  # 32 random ones of 62 have fewer different ones once in 10^20 keys; placeholders always have


class Stream(Protocol):
    """What can be read from; empty at the end."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """What looks like a key, and in which line, counted from 1.

    `is_certain` is False for what more letters stand next to, and for placeholders: such is a key only if somebody has it.
    """

    key: str = field(repr=False)
    line: int
    is_certain: bool


def find_keys(stream: Stream) -> Iterator[Sighting]:
    """Everything in the stream that has the form of a key, wherever chunks and lines end."""
    line, context, rest = 1, 0, b""
    while True:
        chunk = stream.read(CHUNK_BYTES)
        text = rest + chunk
        # What ends at the edge waits for the next chunk: the byte after it must be known.
        edge = len(text) - _KEY_BYTES if chunk else len(text)
        if edge > context:
            counted, start = context, context
            while (match := _KEY.search(text, start)) and match.start() < edge:
                line += text.count(b"\n", counted, match.start())
                counted, start = match.start(), match.start() + len(PREFIX)
                yield Sighting(match[0].decode(), line, _is_certain(text, match))
            line += text.count(b"\n", counted, edge)
            keep = max(0, edge - _BEFORE_BYTES)
            context, rest = edge - keep, text[keep:]
        else:
            rest = text
        if not chunk:
            return


def _is_certain(text: bytes, match: "re.Match[bytes]") -> bool:
    before = text[max(0, match.start() - _BEFORE_BYTES) : match.start()]
    goes_on = text[match.end() : match.end() + 1].isalnum()
    has_begun = before[-1:].isalnum() and not _ESCAPE.search(before)
    is_placeholder = len(set(match[0][len(PREFIX) :])) < _FEWEST_CHARACTERS
    return not (goes_on or has_begun or is_placeholder)
