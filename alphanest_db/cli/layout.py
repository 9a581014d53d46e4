"""How a table fits a terminal. Loads a part of Rich: import it where a table is written.

What one copies, a name or an id, is never cut: lines break between words alone. A long text takes three lines or so. A table that
is wider all the same is written as records, a field a line, which the terminal folds if it must.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

GAP = 3  # Rich's, between two columns
_LINES = 3
_SHORT = 16  # `✓ complete` and `3 days` stay in one line, if there is room


@dataclass(frozen=True)
class _Column:
    """The width that a column would like, and what it needs."""

    natural: int
    needed: int


def fitting_widths(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """The width of each column in a terminal of so many; None where no table fits.

    >>> fitting_widths(["id", "what"], [["20261125-0210", "a text of several words"]], 30)
    [13, 14]
    >>> fitting_widths(["id", "what"], [["20261125-0210", "a text of several words"]], 20) is None
    True
    """
    cells = [[title, *(row[place] for row in rows)] for place, title in enumerate(columns)]
    for short in (_SHORT, 0):
        wanted = [_column(column, short) for column in cells]
        spare = room - GAP * (len(columns) - 1) - sum(column.needed for column in wanted)
        if spare >= 0:
            return _granted(wanted, spare)
    return None


def _granted(wanted: Sequence[_Column], spare: int) -> list[int]:
    """Who wishes for little gets all of it."""
    widths = [column.needed for column in wanted]
    for place, column in sorted(enumerate(wanted), key=lambda item: item[1].natural - item[1].needed):
        granted = min(spare, column.natural - column.needed)
        widths[place] += granted
        spare -= granted
    return widths


def records(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """The lines of each row: what is not empty, behind its title; two columns are a title and its value already.

    >>> list(records(["id", "note", "state"], [["20261125-0210", "", "complete"]]))
    [['id:     20261125-0210', 'state:  complete']]
    """
    if len(columns) == 2:
        width = max((cell_len(title) for title, _value in rows), default=0)
        yield from ([_field(title, value, width)] for title, value in rows)
        return
    titles = [f"{title}:" for title in columns]
    width = max(map(cell_len, titles))
    for row in rows:
        yield [_field(title, value, width) for title, value in zip(titles, row, strict=True) if value]


def _field(title: str, value: str, width: int) -> str:
    return title + " " * (width - cell_len(title) + 2) + value


def _column(cells: Sequence[str], short: int) -> _Column:
    lines = [line for cell in cells for line in cell.splitlines()]
    natural = max((cell_len(line) for line in lines), default=0)
    word = max((cell_len(word) for line in lines for word in line.split()), default=0)
    return _Column(natural, natural if natural <= short else max(word, math.ceil(natural / _LINES)))
