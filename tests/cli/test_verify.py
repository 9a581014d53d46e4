"""`alphanest backup verify`: what it says, and where it restores."""

import pytest

from alphanest_db.database.target import Target
from tests.conftest import Cli, On
from tests.servers import execute


@pytest.fixture
def program(database: Target, on: On) -> Cli:
    """The program on a database at head."""
    return on(database)


def test_verified_backups_are_listed_as_such(program: Cli) -> None:
    assert [program("backup").code for _number in range(2)] == [0, 0]
    both = program("backup", "verify", "--all", "--checksums", "--output", "json")
    restored = program("backup", "verify")
    listed = program("backup", "list", "--output", "csv")

    assert (both.code, restored.code, listed.code) == (0, 0, 0), restored.err
    assert [(item["level"], item["outcome"]) for item in both.json] == [("checksums", "passed")] * 2
    assert " ✓ passed " in restored.out
    assert (listed.out.count("restore"), listed.out.count("checksums")) == (1, 1)


def test_damage_ends_with_1_and_is_named(program: Cli) -> None:
    folder = program.folder / "home" / "backups"
    assert program("backup").code == 0
    [dump] = folder.glob("*/dump.pgc*")
    dump.write_bytes(dump.read_bytes()[:-1] + b"!")

    result = program("backup", "verify", "--checksums")

    assert (result.code, " ✗ failed " in result.out, dump.name in result.out) == (1, True, True)
    assert program("backup", "list").code == 1


def test_orphans_are_reported(database: Target, program: Cli) -> None:
    orphan = "INSERT INTO subscriptions (id, user_id, status, plan_type) VALUES ('s1', 'nobody', 'trial', 'monthly')"
    execute(database, f"SET session_replication_role = replica; {orphan}")
    assert program("backup").code == 0

    result = program("backup", "verify", "--output", "json")

    assert result.code == 1
    assert [(item["outcome"], item["violations"][0]["rows"]) for item in result.json] == [("passed", 1)]


@pytest.mark.parametrize(
    "options",
    [("--checksums", "--restore"), ("--on-embedded", "--on-target"), ("--all", "--jobs", "-1"), ("nosuch", "--all")],
    ids=" ".join,
)
def test_options_that_exclude_each_other(options: tuple[str, ...], program: Cli) -> None:
    result = program("backup", "verify", *options)
    assert (result.code, result.out) == (2, "")


def test_nothing_to_verify(program: Cli) -> None:
    assert program("backup", "verify").code == 3
    everything = program("backup", "verify", "--all")
    assert (everything.code, everything.out) == (0, "there is no backup\n")
