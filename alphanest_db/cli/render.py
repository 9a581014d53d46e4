"""Where everything is written, tables apart (`tables`): answers to stdout, everything else to stderr."""

import csv
import dataclasses
import enum
import getpass
import itertools
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, TextIO

from alphanest_db.cli.grids import Grid, Lines, View, cell
from alphanest_db.cli.json_stream import json_chunks
from alphanest_db.cli.output import Output, speaks_utf8
from alphanest_db.redact import json_in_ascii, printable, printable_json

# Any in this file: results are whatever value a capability returns.

_PAGE_ROWS = 1000  # how many rows of a stream are held at a time
_REPEAT_SECONDS = 10.0


def show(result: Any, view: View, output: Output = Output.table) -> None:
    """Write the answer: the typed result as JSON, its view for the eyes, or as CSV the rows of the view, else the result in one."""
    StatusLine.clear()
    if output is Output.json:
        _write(_json(result))
    elif output is Output.csv:
        _write_csv(next((block for block in view if isinstance(block, Grid) and block.is_answer), None) or _row(result))
    else:
        _write_view(view, sys.stdout)


def show_stream(items: Iterable[Any], grid: Callable[[Sequence[Any]], Grid], output: Output = Output.table) -> None:
    """Write an answer of any number of rows while it comes, in flat memory; `grid` is the view of some of the items.

    JSON has an item a line, and CSV is what `show` makes of a list; a table has its columns anew after each thousand rows.
    """
    StatusLine.clear()
    if output is Output.json:
        _write_json_stream(items)
        return
    pages = iter(_pages(items))
    first = next(pages, [])
    for number, page in enumerate(itertools.chain([first], pages)):
        if output is Output.csv:
            _write_csv(grid(page), header=number == 0)
        else:
            _write_view([grid(page)], sys.stdout)


def show_json_lines(lines: Iterable[str]) -> None:
    """Write a JSON document that is text already, each line as it comes."""
    for line in lines:
        sys.stdout.write(_json_for(sys.stdout, line) + "\n")


def show_document(document: Any) -> None:
    """Write a JSON document whose long lists are streams, while they come."""
    StatusLine.clear()
    for chunk in json_chunks(document, _plain):
        sys.stdout.write(_json_for(sys.stdout, chunk))
    _write("")


def show_text(chunks: Iterable[str]) -> None:
    """Write a text of ours that is safe to show, such as XML, while it comes."""
    StatusLine.clear()
    sys.stdout.writelines(chunks)
    sys.stdout.flush()


def show_beside(view: View) -> None:
    """Show something on stderr that is not the answer, such as what a question is about."""
    _write_view(view, sys.stderr)


def show_script(text: str) -> None:
    """Write a text of ours, such as SQL, as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def show_help(text: str) -> None:
    """Help that nobody asked for, on stderr; a text of ours."""
    _to_stderr(text)


def say(text: str, *, style: str = "") -> None:
    """A line on stderr: what is going on."""
    _to_stderr(_coloured(printable(text), style, sys.stderr))


def show_error(message: str, hint: str | None, details: Sequence[str] = ()) -> None:
    """What went wrong, each detail in a line of its own, and what to do, on stderr."""
    say(f"error: {message}", style="31;1")
    for detail in details:
        say(f"  {detail}")
    if hint:
        say(f"hint: {hint}", style="36")


class StatusLine:
    """One line on stderr that changes in place on a terminal, and is repeated now and then elsewhere.

    Whatever is written next takes it away first.
    """

    _is_on_screen: ClassVar[bool] = False  # there is one screen

    def __init__(self) -> None:
        self._last = -math.inf

    def update(self, text: str) -> None:
        """Show the text instead of the one before."""
        if sys.stderr.isatty():
            width = max(20, _terminal_width() - 1)
            sys.stderr.write("\r\x1b[K" + printable(text)[:width])
            sys.stderr.flush()
            StatusLine._is_on_screen = True
        elif time.monotonic() - self._last > _REPEAT_SECONDS:
            self._last = time.monotonic()
            say(text)

    @staticmethod
    def clear() -> None:
        """Take the line away."""
        if StatusLine._is_on_screen:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            StatusLine._is_on_screen = False


def ask(question: str) -> str | None:
    """The answer typed on the terminal; None where there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(printable(question) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def ask_hidden(question: str) -> str | None:
    """What is typed on the terminal, which does not show it; None where there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    StatusLine.clear()
    try:
        return getpass.getpass(printable(question) + " ", stream=sys.stderr)
    except EOFError:
        _to_stderr("")
        return ""


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _to_stderr(text: str) -> None:
    StatusLine.clear()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _write_json_stream(items: Iterable[Any]) -> None:
    """A list with each item in a line of its own: indented, a million takes three times as long."""
    before = "[\n"
    for item in items:
        sys.stdout.write(before + _json(item, indent=None))
        before = ",\n"
    _write("[]" if before == "[\n" else "\n]")


def _pages(items: Iterable[Any]) -> Iterator[Sequence[Any]]:
    source = iter(items)
    while page := list(itertools.islice(source, _PAGE_ROWS)):
        yield page


def _write_csv(grid: Grid, *, header: bool = True) -> None:
    for_eyes = sys.stdout.isatty()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow(grid.columns)
    writer.writerows([[printable(cell(value)) if for_eyes else cell(value) for value in row] for row in grid.rows])
    sys.stdout.flush()


def _json(result: Any, *, indent: int | None = 2) -> str:
    return _json_for(sys.stdout, json.dumps(result, default=_plain, ensure_ascii=False, indent=indent))


def _json_for(stream: TextIO, text: str) -> str:
    """JSON that means the same, without what steers a terminal, in characters that the stream has."""
    safe = printable_json(text)
    return safe if speaks_utf8(stream) else json_in_ascii(safe)


def _row(result: Any) -> Grid:
    """A single result as one row; what it holds in parts is JSON in its cell."""
    fields = dataclasses.fields(result) if dataclasses.is_dataclass(result) else ()
    values = [getattr(result, item.name) for item in fields]
    return Grid(tuple(item.name for item in fields), [[_flat(value) for value in values]])


def _flat(value: Any) -> Any:
    holds_parts = dataclasses.is_dataclass(value) or (
        isinstance(value, tuple) and not all(isinstance(v, str) for v in value)
    )
    return json.dumps(value, default=_plain, ensure_ascii=False) if holds_parts else value


def _write_view(view: View, stream: TextIO) -> None:
    for block in view:
        if isinstance(block, Lines):
            stream.writelines(printable(line) + "\n" for line in block.lines)
        elif block.rows:
            from alphanest_db.cli.tables import write_grid  # loads Rich

            write_grid(block, stream)
    stream.flush()


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


def _coloured(text: str, style: str, stream: TextIO) -> str:
    wanted = style and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{style}m{text}\x1b[0m" if wanted else text


def _terminal_width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return 80
