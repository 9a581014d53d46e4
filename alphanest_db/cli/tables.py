"""Grids as tables of Rich's, or record by record where the terminal is too narrow. Rich takes longer to load than most answers."""

import io
from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alphanest_db.cli.grids import Grid, Measured, for_eyes
from alphanest_db.cli.layout import fitting_widths, records
from alphanest_db.cli.output import speaks_utf8
from alphanest_db.redact import printable

_PLAIN_WIDTH = 10_000  # a pipe has no width: no cell is folded


def write_grid(grid: Grid, stream: TextIO) -> None:
    """Write it to the stream: as wide as the terminal, or as its cells where there is none."""
    terminal = stream.isatty()
    text = io.StringIO()
    console = Console(
        file=stream if terminal else text, width=None if terminal else _PLAIN_WIDTH, markup=False, highlight=False,
        emoji=False,
    )  # fmt: skip
    cells = [[for_eyes(value) for value in row] for row in grid.rows]
    if grid.title:  # Rich would fold a table's own title to the width of its columns
        console.print(Text(printable(grid.title), style="table.title"), soft_wrap=True)
    widths = fitting_widths(grid.columns, cells, console.width) if terminal else None
    if terminal and widths is None:
        _write_records(grid, cells, console)
        return
    table = Table(show_edge=False, pad_edge=False, box=box.SIMPLE_HEAD if speaks_utf8(stream) else box.ASCII2)
    for number, column in enumerate(grid.columns):
        numeric = bool(grid.rows) and all(isinstance(row[number], int | float | Measured) for row in grid.rows)
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold",
                         width=widths[number] if widths else None)  # fmt: skip
    for number, texts in enumerate(cells):
        table.add_row(*(Text(text) for text in texts), style=grid.styles[number] if grid.styles else "")
    console.print(table)
    stream.writelines(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def _write_records(grid: Grid, cells: Sequence[Sequence[str]], console: Console) -> None:
    """Lines that the terminal folds, if it must: what is copied from them is whole."""
    for number, lines in enumerate(records(grid.columns, cells)):
        if number and len(lines) > 1:
            console.print()
        for line in lines:
            console.print(Text(line, style=grid.styles[number] if grid.styles else ""), soft_wrap=True)
