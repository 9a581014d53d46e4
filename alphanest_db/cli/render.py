"""The only place that writes: answers to stdout, everything else to stderr."""

import csv
import dataclasses
import enum
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from alphanest_db.cli.output import Output
from alphanest_db.redact import printable

# Any in this file: results are whatever value a capability returns.

_PLAIN_WIDTH = 10_000  # a pipe has no width: no cell is folded
_REPEAT_SECONDS = 10.0


@dataclass(frozen=True)
class Grid:
    """Rows under column titles; a style (a colour) for a row says what its words say too."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    styles: Sequence[str] = ()


@dataclass(frozen=True)
class Lines:
    """Text that stands as it is."""

    lines: Sequence[str]


View = Sequence[Grid | Lines]


def show(result: Any, view: View, output: Output = Output.table) -> None:
    """Write the answer: the typed result as JSON, or its view as tables or as CSV."""
    if output is Output.json:
        _write(json.dumps(result, default=_plain, ensure_ascii=False, indent=2))
    elif output is Output.csv:
        _write_csv(view)
    else:
        _write_view(view, sys.stdout)


def show_beside(view: View) -> None:
    """Show something on stderr that is not the answer, such as what a question is about."""
    _write_view(view, sys.stderr)


def show_script(text: str) -> None:
    """Write a text of ours, such as SQL, as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def say(text: str, *, style: str = "") -> None:
    """A line on stderr: what is going on."""
    _to_stderr(_coloured(_safe(text), style, sys.stderr))


def show_error(message: str, hint: str | None) -> None:
    """What went wrong, and what to do, on stderr."""
    say(f"error: {message}", style="31;1")
    if hint:
        say(f"hint: {hint}", style="36")


@dataclass
class StatusLine:
    """One line on stderr that changes in place on a terminal, and is repeated now and then elsewhere."""

    _last: float = field(default=0.0, init=False)
    _shown: bool = field(default=False, init=False)

    def update(self, text: str) -> None:
        """Show the text instead of the one before."""
        if sys.stderr.isatty():
            width = max(20, _terminal_width() - 1)
            sys.stderr.write("\r\x1b[K" + _safe(text)[:width])
            sys.stderr.flush()
            self._shown = True
        elif time.monotonic() - self._last > _REPEAT_SECONDS:
            self._last = time.monotonic()
            say(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


def ask(question: str) -> str | None:
    """The answer typed on the terminal; None where there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(_safe(question) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _write_csv(view: View) -> None:
    grid = next((block for block in view if isinstance(block, Grid)), None)
    if grid is not None:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(grid.columns)
        writer.writerows([[_cell(value) for value in row] for row in grid.rows])
        sys.stdout.flush()


def _write_view(view: View, stream: TextIO) -> None:
    for block in view:
        if isinstance(block, Lines):
            stream.writelines(_safe(line) + "\n" for line in block.lines)
        else:
            _write_grid(block, stream)
    stream.flush()


def _write_grid(grid: Grid, stream: TextIO) -> None:
    from rich import box  # Rich takes longer to load than most answers take to come
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = stream.isatty()
    console = Console(file=stream, width=None if terminal else _PLAIN_WIDTH, markup=False, highlight=False, emoji=False)
    table = Table(
        show_edge=False,
        pad_edge=False,
        box=box.SIMPLE_HEAD if terminal else box.ASCII2 if not _speaks_utf8(stream) else box.SIMPLE_HEAD,
    )
    table.title = Text(_safe(grid.title)) if grid.title else None
    table.title_justify = "left"
    for number, column in enumerate(grid.columns):
        numeric = bool(grid.rows) and all(isinstance(row[number], int | float) for row in grid.rows)
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for number, row in enumerate(grid.rows):
        style = grid.styles[number] if grid.styles else ""
        table.add_row(*(Text(_for_eyes(value)) for value in row), style=style)
    console.print(table)


def _for_eyes(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    return _safe(_cell(value))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ", ".join(_cell(item) for item in value)
    return str(value)


def _plain(value: Any) -> Any:
    """What `json` cannot write by itself."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _safe(text: str) -> str:
    encoded = printable(text)
    encoding = sys.stdout.encoding or "utf-8"
    return encoded.encode(encoding, "backslashreplace").decode(encoding)


def _coloured(text: str, style: str, stream: TextIO) -> str:
    wanted = style and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{style}m{text}\x1b[0m" if wanted else text


def _speaks_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def _terminal_width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return 80
