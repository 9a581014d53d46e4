"""Answers of any number of rows, written while they come."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from alphanest_db.cli.output import Output
from alphanest_db.cli.render import Grid, show, show_stream


@dataclass(frozen=True)
class Item:
    number: int
    name: str


def grid(items: Sequence[Item]) -> Grid:
    return Grid(("number", "name"), [(item.number, item.name) for item in items])


@pytest.mark.parametrize("count", [0, 1, 2, 1000, 2500])
@pytest.mark.parametrize("output", [Output.json, Output.csv])
def test_stream_is_what_the_whole_list_is(output: Output, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    items = [Item(number, "two\nlines, \x1b[31m “ü”") for number in range(count)]
    show(items, [grid(items)], output)
    whole = capsys.readouterr().out

    show_stream(iter(items), grid, output)

    assert capsys.readouterr().out == whole


def test_table_of_a_stream_has_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_stream((Item(number, "x") for number in range(1500)), grid)
    numbers = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.endswith("x")]
    assert numbers == [f"{number:,}" for number in range(1500)]
