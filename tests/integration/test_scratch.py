"""Databases for a moment leave nothing behind."""

import time
from pathlib import Path

import pytest

from alphanest_db.database.scratch import PREFIX, drop_forgotten, scratch_database
from alphanest_db.database.target import Target
from tests.servers import execute, fetch


def scratch_names(server: Target) -> list[str]:
    """The scratch databases on the server."""
    return [str(row[0]) for row in fetch(server, f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'")]


def test_scratch_database_is_gone_afterwards(server: Target) -> None:
    with scratch_database(server, Path("unused")) as scratch:
        execute(scratch, "CREATE TABLE t (id int)")
        assert scratch.database in scratch_names(server)
    assert scratch.database not in scratch_names(server)


def test_forgotten_ones_are_dropped_and_fresh_ones_are_not(server: Target) -> None:
    old, fresh = f"{PREFIX}{int(time.time()) - 120}_00", f"{PREFIX}{int(time.time())}_01"
    execute(server, f"CREATE DATABASE {old}", f"CREATE DATABASE {fresh}")

    dropped = drop_forgotten(server)
    execute(server, f"DROP DATABASE {fresh}")

    assert (old in dropped, fresh in dropped) == (True, False)


def test_one_that_takes_long_is_not_forgotten(server: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch_database(server, Path("unused")) as scratch:
        monkeypatch.setattr(time, "time", lambda: 1e11)

        assert scratch.database not in drop_forgotten(server)
