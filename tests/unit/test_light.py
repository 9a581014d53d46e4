"""What is plainly of the wanted type is read without a library, and all else is left to the one that knows."""

import os
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

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
        (Path, "/a/b", Path("/a/b")), (Path, ".", Path()),
    ],
)  # fmt: skip
def test_only_what_is_plain_is_read(kind: Any, value: Any, plain: Any) -> None:
    info = typer.Option(min=1, max=7)
    wanted = SimpleNamespace(annotation=kind, parameter_info=info)

    assert _plain(wanted, value) == plain
    assert type(_plain(wanted, value)) is type(plain)


def test_file_that_may_not_be_read_is_left_to_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "access", lambda _path, mode: mode == os.F_OK
    )  # root, whom nothing is forbidden, runs tests as well
    assert _plain(SimpleNamespace(annotation=Path, parameter_info=typer.Option()), str(tmp_path)) is None


@pytest.mark.parametrize(
    "asked",
    [{"exists": True}, {"resolve_path": True}, {"writable": True}, {"path_type": str}, {"file_okay": False}, {"dir_okay": False}],
)  # fmt: skip
def test_path_of_which_something_is_asked_is_left_to_the_library(asked: dict[str, Any]) -> None:
    assert _plain(SimpleNamespace(annotation=Path, parameter_info=typer.Option(**asked)), "/a/b") is None
