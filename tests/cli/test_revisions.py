"""Stamping, and writing revisions."""

import shutil
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from tests.conftest import On
from tests.servers import execute, fetch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations that may be written to."""
    return Path(
        shutil.copytree(migrations_folder(), tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    )


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "versions").glob("*.py")}


def test_stamping_writes_the_revision_down_and_nothing_else(empty_database: Target, on: On) -> None:
    result = on(empty_database)("db", "stamp", "d9a4")
    assert (result.code, result.out) == (0, f"{empty_database.database} is marked as being at d9a4a7469274\n")
    assert fetch(empty_database, "SELECT to_regclass('users')") == [(None,)]


def test_new_revision_follows_the_head(database: Target, folder: Path, on: On) -> None:
    before = files(folder)
    result = on(database)("db", "revision", "-m", "add phone", ALPHANEST_MIGRATIONS=str(folder))
    (new,) = files(folder) - before
    assert (result.code, "add_phone" in new, new in result.out) == (0, True, True), result.err
    assert on(database)("db", "upgrade", ALPHANEST_MIGRATIONS=str(folder)).code == 0


def test_nothing_is_written_where_nothing_differs(database: Target, folder: Path, on: On) -> None:
    before = files(folder)
    result = on(database)("db", "revision", "-m", "nothing", "--autogenerate", ALPHANEST_MIGRATIONS=str(folder))
    assert (result.code, files(folder)) == (0, before), result.err
    assert result.out == "models and database agree: no revision was written\n"


def test_what_differs_is_written(database: Target, folder: Path, on: On) -> None:
    execute(database, "ALTER TABLE users DROP COLUMN avatar")
    before = files(folder)
    result = on(database)("db", "revision", "-m", "avatar", "--autogenerate", ALPHANEST_MIGRATIONS=str(folder))
    (new,) = files(folder) - before
    assert (result.code, "avatar" in (folder / "versions" / new).read_text()) == (0, True), result.err
