"""Homes for the tests of the embedded server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded_scenes import Home, made_home, new_home, short_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path that others may enter."""
    with short_folder() as path:
        yield path


@pytest.fixture
def fresh(folder: Path) -> Iterator[Home]:
    """A home that is not there yet."""
    with new_home(folder / "home", folder) as new:
        yield new


@pytest.fixture
def home(folder: Path) -> Iterator[Home]:
    """A home whose server was made before, and is stopped."""
    with made_home(folder / "home", folder) as made:
        yield made
