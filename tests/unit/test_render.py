"""Answers of any number of rows, written while they come."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from alphanest_db.cli.grids import Grid, Marked, Measured
from alphanest_db.cli.output import Output
from alphanest_db.cli.plain_tables import plain_table
from alphanest_db.cli.render import show, show_stream
from alphanest_db.cli.tables import write_grid


@dataclass(frozen=True)
class Item:
    number: int
    name: str


def grid(items: Sequence[Item]) -> Grid:
    return Grid(("number", "name"), [(item.number, item.name) for item in items])


@pytest.mark.parametrize("count", [0, 1, 2, 1000, 2500])
def test_stream_is_what_the_whole_list_is(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    items = [Item(number, "two\nlines, \x1b[31m “ü”") for number in range(count)]
    show(items, [grid(items)], Output.csv)
    whole = capsys.readouterr().out

    show_stream(iter(items), grid, Output.csv)

    assert capsys.readouterr().out == whole


@pytest.mark.parametrize("count", [0, 1, 2, 2500])
def test_stream_of_json_has_an_item_a_line(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    show_stream((Item(number, "two\nlines, \x9b31m “ü”") for number in range(count)), grid, Output.json)

    text = capsys.readouterr().out

    assert json.loads(text) == [{"number": n, "name": "two\nlines, \x9b31m “ü”"} for n in range(count)]
    assert (len(text.splitlines()), "\x9b" in text) == (count + 2 if count else 1, False)


def test_table_of_a_stream_has_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_stream((Item(number, "x") for number in range(1500)), grid)
    numbers = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.endswith("x")]
    assert numbers == [f"{number:,}" for number in range(1500)]


GRIDS = {
    "words": Grid(("state", "name"), [("ok", "a b"), ("", " of two  words "), (None, "x" * 300)]),
    "numbers": Grid(
        ("rows", "size", "share", "n"), [(1234, Measured(2048, "2 kB"), 0.5, None), (1, Measured(1, "1 B"), 2.0, 3)]
    ),
    "one column": Grid(("what",), [("",), ("tab\tand\nline",)]),
    "yes and no": Grid(("is so",), [(True,), (False,)]),
    "parts": Grid(("columns", "mark"), [(("id", "name"), Marked("!", "late"))]),
    "titled": Grid(("table", "rows"), [("users", 3), ("trades", 40_000)], title="it is lost", styles=["red", ""]),
}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_plain_table_is_what_rich_writes_to_a_pipe(grid: Grid, encoding: str) -> None:
    plain, riches = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2))
    lines = plain_table(grid, plain)
    assert lines is not None
    plain.writelines(line + "\n" for line in lines)

    write_grid(grid, riches)

    for stream in (plain, riches):
        stream.seek(0)
    assert plain.read() == riches.read()


WHAT_TAKES_RICH = {
    "wide letters": Grid(("name",), [("漢字",)]),
    "a title wider than its table": Grid(("a",), [("b",)], title="more than a letter"),
    "a title of wide letters": Grid(("a long name",), [("b",)], title="漢字"),
    "a cell that is folded": Grid(("a",), [("b" * 10_001,)]),
    "a column of nothing": Grid(("",), [("",)]),
}


@pytest.mark.parametrize("grid", WHAT_TAKES_RICH.values(), ids=WHAT_TAKES_RICH)
def test_plain_table_leaves_to_rich_what_it_cannot_tell(grid: Grid) -> None:
    assert plain_table(grid, io.StringIO()) is None


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_colours_that_somebody_wants_in_a_pipe_are_left_to_rich(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    assert plain_table(Grid(("a",), [("b",)]), io.StringIO()) is None
