"""Grids as Rich writes them for a pipe, without Rich, which takes longer to load than most answers: of ASCII, in one colour."""

import os
from typing import TextIO

from alphanest_db.cli.grids import Grid, for_eyes, is_numeric
from alphanest_db.cli.output import speaks_utf8
from alphanest_db.redact import printable

MOST_WIDTH = 10_000  # a pipe has no width: no cell is folded
_COLOURS_ALL_THE_SAME = ("FORCE_COLOR", "TTY_COMPATIBLE")  # Rich heeds them


def plain_table(grid: Grid, stream: TextIO) -> list[str] | None:
    """The lines of the table; None where it takes Rich to tell what fits, or to colour it."""
    if stream.isatty() or any(os.environ.get(variable) for variable in _COLOURS_ALL_THE_SAME):
        return None
    rows = [grid.columns, *([for_eyes(value) for value in row] for row in grid.rows)]
    title = printable(grid.title)
    if not title.isascii() or not all(text.isascii() for row in rows for text in row):
        return None
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    total = sum(widths) + 3 * (len(widths) - 1)
    if not all(widths) or not len(title) <= total <= MOST_WIDTH:
        return None
    between, rule, crossing = ("   ", "─", "───") if speaks_utf8(stream) else (" | ", "-", "-+-")
    justify = [str.rjust if is_numeric(grid, number) else str.ljust for number in range(len(widths))]
    lines = [
        between.join(place(text, width) for place, text, width in zip(justify, row, widths, strict=True))
        for row in rows
    ]
    lines.insert(1, crossing.join(rule * width for width in widths))
    return [line.rstrip() for line in ([title, *lines] if title else lines)]
