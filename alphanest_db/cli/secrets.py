"""Secrets that are handed in: typed where nobody sees them, or on stdin; never as an argument, which everybody can read."""

import sys

from alphanest_db.cli.render import ask_hidden
from alphanest_db.errors import InvalidInput

LONGEST_BYTES = 4096


def read_secret(question: str) -> str:
    """The secret, typed on the terminal without being shown, else the first line of stdin. Raises InvalidInput."""
    typed = ask_hidden(question)
    return read_secret_line() if typed is None else typed


def read_secret_line() -> str:
    """The first line of stdin, without its end. Raises InvalidInput where that is empty, too long or no UTF-8 text."""
    raw = sys.stdin.buffer.readline(LONGEST_BYTES + 1)
    if len(raw) > LONGEST_BYTES:
        raise InvalidInput(f"the first line of stdin has more than {LONGEST_BYTES} bytes", "Hand the secret alone in.")
    try:
        secret = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidInput("the first line of stdin is not UTF-8 text", "Hand the secret alone in.") from None
    if not secret:
        raise InvalidInput("stdin is empty", "Hand the secret in on stdin, or call this on a terminal and type it.")
    return secret
