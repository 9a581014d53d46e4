"""What is plainly of the wanted type is read without a library, and all else is left to the one that knows."""

from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import pytest

from alphanest_db.cli.light import _plain


class Word(StrEnum):
    """A choice."""

    one = "one"


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        (str, "7", "7"), (list[str], ("a", "b"), ["a", "b"]), (list[str], (1,), None), (Word, "one", Word.one), (Word, "One", None),
        (Word, "two", None), (int, "2", 2), (int, "07", 7), (int, "8", None), (int, "0", None), (int, "-2", None), (int, "٢", None),
        (int, " 2", None), (int, "2.0", None), (int, "1" * 10, None), (float, "2", None), (bool, True, None),
    ],
)  # fmt: skip
def test_only_what_is_plain_is_read(kind: Any, value: Any, plain: Any) -> None:
    wanted = SimpleNamespace(annotation=kind, parameter_info=SimpleNamespace(min=1, max=7))

    assert _plain(wanted, value) == plain
    assert type(_plain(wanted, value)) is type(plain)
