"""What people type, before it reaches the database."""

import re

from alphanest_db.errors import InvalidInput

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # NUL and halves of characters
_SHOWN = 60  # characters that fit into a sentence


def can_be_sent(text: str) -> bool:
    """False for what no text column of PostgreSQL can hold, and psycopg2 cannot send.

    >>> can_be_sent("x'); --"), can_be_sent("a\\0b"), can_be_sent("\\udcff")
    (True, False, False)
    """
    return not _UNSENDABLE.search(text)


def require_sendable(text: str, what: str) -> str:
    """The text. Raises InvalidInput where the database could not even be asked for it."""
    if not can_be_sent(text):
        raise InvalidInput(
            f"{what} cannot be {shortened(text)!r}", "It is no text: half a character, or a NUL, is in it."
        )
    return text


def shortened(text: str) -> str:
    """The text, or so much of it as fits into a sentence."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
