"""The ignore file: complete entries, or a clear word on what is wrong with it."""

from datetime import date
from pathlib import Path

import pytest

from alphanest_db.errors import InvalidInput
from alphanest_db.schema.drift.ignores import apply_ignores, read_ignores
from alphanest_db.schema.drift.model import Drift, DriftKind, DriftLevel, Ignore

DAY = date(2026, 6, 30)
VIEW = Drift(DriftKind.extra, DriftLevel.warning, "view", "public", None, "report", "", None, "CREATE VIEW …", None)


def write(folder: Path, text: str) -> Path:
    """An ignore file."""
    file = folder / "alphanest-ignore.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_no_file_ignores_nothing(tmp_path: Path) -> None:
    assert read_ignores(None, tmp_path) == ()


def test_entries_are_read_and_other_sections_left_alone(tmp_path: Path) -> None:
    write(tmp_path, '[[other]]\nx = 1\n[[drift]]\nobject = "view *"\nreason = "r"\nexpires = 2026-06-30\n')

    assert read_ignores(None, tmp_path) == (Ignore("view *", "r", DAY),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[drift]]\nobject = "x"\nexpires = 2026-06-30', "needs an object and a reason"),
        ('[[drift]]\nobject = "x"\nreason = " "\nexpires = 2026-06-30', "needs an object and a reason"),
        ('[[drift]]\nobject = "x"\nreason = "r"', "needs a day"),
        ('[[drift]]\nobject = "x"\nreason = "r"\nexpires = "2026-06-30"', "needs a day"),
        ('[[drift]]\nobject = "x"\nreason = "r"\nexpires = 2026-06-30T10:00:00Z', "needs a day"),
        ('[[drift]]\nobject = "x"\nreasons = "r"\nexpires = 2026-06-30', "unknown key 'reasons'"),
        ("drift = 1", "is not a list"),
        ("drift = [1]", "is not a table"),
        ("[[drift", "cannot read"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, text)

    with pytest.raises(InvalidInput, match=said):
        read_ignores(None, tmp_path)


def test_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot read"):
        read_ignores(tmp_path / "absent.toml", tmp_path)


@pytest.mark.parametrize(("today", "counts"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_entry_holds_up_to_its_day(today: date, counts: bool) -> None:
    left, ignored, stale = apply_ignores([VIEW], [Ignore("view public.report", "r", DAY)], today)

    assert (left == (), len(ignored) == 1, stale == ()) == (counts, counts, counts)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [("view public.report", True), ("view *.rep?rt", True), ("View public.report", False), ("public.report", False)],
)
def test_pattern_is_of_type_and_whole_name(pattern: str, fits: bool) -> None:
    assert bool(apply_ignores([VIEW], [Ignore(pattern, "r", DAY)], DAY)[1]) == fits
