"""Answers of any number of rows, written while they come."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from alphanest_db.cli.grids import Grid
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show, show_stream


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


def test_title_wider_than_its_table_stays_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show(None, [Grid(("rows",), [(5,)], title="rows that refer to nothing")])
    assert capsys.readouterr().out.splitlines() == ["rows that refer to nothing", "rows", "────", "   5"]
