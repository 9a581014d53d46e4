"""What somebody gets who installs the wheel and has no checkout."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from tests.conftest import ROOT, clean_environment
from tests.servers import fetch


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    """The wheel of this checkout, built with what is installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(ROOT)],
            check=True, capture_output=True,
        )  # fmt: skip
        yield next(Path(folder).glob("*.whl"))


def test_wheel_holds_migrations_and_sql(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    expected = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "alphanest_db").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    expected |= {
        f"alphanest_db/{path.relative_to(ROOT)}" for path in (ROOT / "migrations").rglob("*.*") if path.suffix != ".pyc"
    }
    assert expected <= names


def test_installed_from_the_wheel_it_works_in_an_empty_folder(
    wheel: Path, absent_database: Target, tmp_path: Path
) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    packages = next(home.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "rest.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    empty = tmp_path / "empty"
    empty.mkdir()
    environ = clean_environment() | {"DATABASE_URL": absent_database.url(show_password=True)}
    del environ["PYTHONPATH"]

    result = subprocess.run(
        [str(home / "bin" / "python"), "-P", "-m", "alphanest_db", "init", "--demo"],
        cwd=empty, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stderr
    assert fetch(absent_database, "SELECT count(*) FROM nft_items") == [(15,)]
    assert list(empty.iterdir()) == []
