"""What a decoded value may hold that no database, and no program after it, should get."""

import re
from typing import Any

# Any in this file: whatever JSON can hold.

DEEPEST = 64
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
_FITS = re.compile(r"\S(?:[^\n\r]*\S)?")


def unsendable_problem(value: Any, text: str) -> str | None:
    """Why the value, made from this text, cannot be stored as it is; looks closer only where the text gives a reason."""
    if "\\u" not in text and not _UNSENDABLE.search(text) and text.count("{") + text.count("[") <= DEEPEST:
        return None
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(item, str) and _UNSENDABLE.search(item) for item in level):
            return "a text holds a NUL character, or half a character (a lone surrogate)"
        level = [inner for item in level for inner in _parts(item)]
        if not level:
            return None
    return f"it is nested more than {DEEPEST} levels deep"


def can_be_id(text: str, longest: int) -> bool:
    """True for what can be kept as an id in a column of that width.

    >>> can_be_id("user_1700000000000_k3j9x", 36), can_be_id(" ", 36), can_be_id("x" * 37, 36)
    (True, False, False)
    """
    return len(text) <= longest and text.isprintable() and _FITS.fullmatch(text) is not None


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []
