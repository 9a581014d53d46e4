"""What answers look like before they are written: rows under titles, lines, and values that people and programs read apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from alphanest_db.redact import printable

# Any in this file: cells are whatever value a capability returns.


@dataclass(frozen=True)
class Grid:
    """Rows under column titles; a style (a colour) for a row says what its words say too."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    styles: Sequence[str] = ()
    is_answer: bool = True  # what CSV holds; False for what is only told beside it


@dataclass(frozen=True)
class Marked:
    """A word that has a mark before it where people read it."""

    mark: str
    word: str

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True)
class Measured:
    """A number that people read in a unit that suits it, and programs as it is."""

    value: float
    text: str

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Lines:
    """Text that stands as it is; of any length, it is written while it comes."""

    lines: Iterable[str]


View = Sequence[Grid | Lines]


def for_eyes(value: Any) -> str:
    """A value as people read it: grouped digits, words, times without fractions."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    if isinstance(value, Measured):
        return value.text
    return printable(f"{value.mark} {value.word}" if isinstance(value, Marked) else cell(value))


def cell(value: Any) -> str:
    """A value as CSV holds it."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ", ".join(cell(item) for item in value)
    return str(value)
