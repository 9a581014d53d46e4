"""Secrets that are handed in: typed where nobody sees them, or on stdin; never as an argument, which everybody can read."""

import sys

from alphanest_db.cli.render import ask_hidden
from alphanest_db.errors import InvalidInput

LONGEST_BYTES = 4096


def read_secret(question: str) -> str:
    """The secret, typed on the terminal without being shown, else the one line of stdin. Raises InvalidInput."""
    typed = typed_secret(question)
    return _read_line() if typed is None else typed


def typed_secret(question: str) -> str | None:
    """What is typed on the terminal, which does not show it; None where there is none. Raises InvalidInput."""
    try:
        return ask_hidden(question)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "what was typed is not text in the terminal's encoding", "Use a terminal in UTF-8."
        ) from error


def _read_line() -> str:
    if sys.stdin.isatty():
        raise InvalidInput(
            "the terminal would show what is typed", "Leave stderr on the terminal, or hand the secret in by a pipe."
        )
    raw = sys.stdin.buffer.read(LONGEST_BYTES + 1)
    if len(raw) > LONGEST_BYTES:
        raise InvalidInput(f"stdin has more than {LONGEST_BYTES} bytes", "Hand the secret alone in.")
    try:
        secret = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidInput("stdin is not UTF-8 text", "Hand the secret alone in.") from None
    if "\n" in secret:  # what is cut off would be missed at the next login
        raise InvalidInput("stdin has more than one line", "Hand the secret alone in.")
    if not secret:
        raise InvalidInput("stdin is empty", "Hand the secret in on stdin, or call this on a terminal and type it.")
    return secret
