"""Tables on terminals of any width: what one copies is whole."""

import re

import pytest

from alphanest_db.cli.layout import GAP, fitting_widths, records
from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.conftest import On
from tests.servers import execute

WIDTHS = (40, 80, 120, 200)
TITLES = ("backup", "state", "age", "rows", "revision", "verified", "note")
ROW = (
    "20261125-021015-alphanest-3f2a", "✓ complete", "3 days", "123,456", "e1906a3bd482", "restore 2026-11-25 02:10",
    "before the big upgrade of the year",
)  # fmt: skip


@pytest.mark.parametrize("columns", range(20, 260, 7))
@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
def test_a_table_fits_and_breaks_no_word_or_there_is_none(columns: int, count: int) -> None:
    widths = fitting_widths(TITLES[:count], [ROW[:count]], columns)
    if widths is not None:
        assert sum(widths) + GAP * (count - 1) <= columns
        longest = [
            max(len(word) for word in f"{title} {cell}".split()) for title, cell in zip(TITLES, ROW, strict=True)
        ]
        assert all(width >= word for width, word in zip(widths, longest, strict=False))
        assert count < 7 or columns >= 100
    else:
        assert columns < 40 or count > 2


def test_records_have_a_field_a_line() -> None:
    empty = ("20261125", "✗ damaged", "", "", "", "", "")
    assert list(records(TITLES, [ROW, empty]))[1] == ["backup:    20261125", "state:     ✗ damaged"]
    assert list(records(("what", "value"), [("folder", "/a b"), ("id", "1")])) == [["folder  /a b"], ["id      1"]]


def test_ids_can_be_copied_from_any_terminal(database: Target, on: On) -> None:
    program = on(database)
    assert program("backup").code == 0
    [backup] = [line.split(",")[0] for line in program("backup", "list", "--output", "csv").out.splitlines()[1:]]
    user = "2b1f0e5c-8a55-4a3f-9f6e-0c3a3b2f1d4e"
    execute(
        database,
        f"INSERT INTO users (id, email, username, hashed_password) VALUES ('{user}', 'anna@example.com', 'anna', '!')",
    )
    for columns in WIDTHS:
        for wanted, arguments in ((backup, ("backup", "list")), (user, ("user", "list"))):
            screen = on_terminal(program, *arguments, columns=columns).plain
            assert re.search(rf"(?<!\S){re.escape(wanted)}(?!\S)", screen), (columns, screen)
            if columns == 200:
                assert ":  " not in screen, screen
            if columns == 40:
                assert re.search(r"^(backup|id):  +\S+$", screen, re.M), screen


@pytest.mark.parametrize("arguments", [("check", "list"), ("db", "history"), ("seed", "list")], ids=" ".join)
def test_no_word_is_broken_on_a_narrow_terminal(arguments: tuple[str, ...], database: Target, on: On) -> None:
    program = on(database)
    title, *lines = program(*arguments).out.splitlines()
    words = set(re.findall(r"[a-z_-]{4,}", "\n".join(lines)))

    narrow = on_terminal(program, *arguments, columns=40).plain

    assert words - set(re.findall(r"[a-z_-]{4,}", narrow)) == set(), title
