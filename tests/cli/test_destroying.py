"""What destroys asks first, and says what will be lost."""

import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.conftest import On
from tests.servers import execute, fetch

DOWN = ("db", "downgrade", "base")
DROP = ("db", "drop")
USERS_GO = (["users", "2"], ["drops", "users:", "2", "rows"])


@pytest.fixture
def filled(database: Target) -> Target:
    """A database with two users, which does not know its environment yet."""
    for number in (1, 2):
        execute(
            database,
            f"INSERT INTO users (id, email, username, hashed_password) VALUES ('{number}', 'e{number}', 'name{number}', '!')",
        )
    return database


def environment_is(database: Target, environment: str, on: On) -> None:
    assert on(database)("db", "upgrade", ALPHANEST_ENV=environment).code == 0


def users(database: Target) -> int:
    return len(fetch(database, "SELECT 1 FROM users"))


@pytest.mark.parametrize("arguments", [DOWN, DROP])
def test_without_a_terminal_it_is_refused_and_says_what_would_be_lost(
    arguments: tuple[str, ...], filled: Target, on: On
) -> None:
    result = on(filled)(*arguments)
    assert result.code == 3
    assert "was not confirmed\nhint: Answer yes on a terminal, or add --yes.\n" in result.err
    assert any(line.split() in USERS_GO for line in result.err.splitlines())
    assert users(filled) == 2


@pytest.mark.parametrize("arguments", [DOWN, DROP])
def test_dry_run_shows_the_plan_and_changes_nothing(arguments: tuple[str, ...], filled: Target, on: On) -> None:
    result = on(filled)(*arguments, "--dry-run")
    assert (result.code, users(filled)) == (0, 2)
    assert any(line.split() in USERS_GO for line in result.out.splitlines())


@pytest.mark.parametrize(
    ("typed", "code", "left"), [("y", 0, False), ("yes", 0, False), ("n", 3, True), ("x", 3, True)]
)
def test_answer_on_the_terminal_counts(
    typed: str, code: int, left: bool, filled: Target, server: Target, on: On
) -> None:
    screen = on_terminal(on(filled), *DROP, typed=typed)
    assert screen.code == code, screen.text
    found = fetch(server, f"SELECT 1 FROM pg_database WHERE datname = '{filled.database}'")
    assert bool(found) is left


def test_yes_is_enough_in_development(filled: Target, server: Target, on: On) -> None:
    result = on(filled)(*DROP, "--yes")
    assert (result.code, result.out) == (0, f"dropped the database {filled.database}\n")
    assert fetch(server, f"SELECT 1 FROM pg_database WHERE datname = '{filled.database}'") == []


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "configured"])
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_precious_database_needs_its_name(environment: str, recorded: bool, filled: Target, on: On) -> None:
    configured = "development" if recorded else environment
    if recorded:
        environment_is(filled, environment, on)
    codes = [
        on(filled)(*arguments, *how, ALPHANEST_ENV=configured).code
        for arguments in (DROP, DOWN)
        for how in (("--yes",), ("--yes", "--confirm", "other"))
    ]
    assert (codes, users(filled)) == ([3, 3, 3, 3], 2)


def test_its_name_is_enough_for_a_precious_database(filled: Target, on: On) -> None:
    environment_is(filled, "production", on)
    assert on(filled)(*DROP, "--confirm", filled.database).code == 0


def test_the_name_can_be_typed_on_the_terminal(filled: Target, on: On) -> None:
    environment_is(filled, "production", on)
    refused = on_terminal(on(filled), *DOWN, typed="y", ALPHANEST_ENV="development")
    taken = on_terminal(on(filled), *DOWN, typed=filled.database, ALPHANEST_ENV="development")
    assert (refused.code, taken.code) == (3, 0), refused.text + taken.text


def test_downgrade_that_loses_nothing_asks_nothing(filled: Target, on: On) -> None:
    result = on(filled)("db", "downgrade", "-1")
    assert (result.code, users(filled)) == (0, 2), result.err


def test_database_in_use_is_dropped_by_force_only(filled: Target, on: On) -> None:
    with session(filled):
        refused = on(filled)(*DROP, "--yes")
        forced = on(filled)(*DROP, "--yes", "--force")
    assert (refused.code, forced.code) == (3, 0)
    assert "others are connected to the database" in refused.err
