"""`alphanest seed`: demo data where it is allowed, once, and back as it was."""

import pytest

from alphanest_db.database.target import Target
from tests.conftest import On
from tests.servers import execute, fetch

COUNTS = """SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM subscriptions), (SELECT count(*) FROM market_booths),
                   (SELECT count(*) FROM nft_items)"""


def test_seeding_twice_puts_everything_in_once(database: Target, on: On) -> None:
    first, second = (on(database)(*call, "--output", "json") for call in (("seed",), ("seed", "demo")))
    assert (first.code, second.code) == (0, 0)
    assert fetch(database, COUNTS) == [(3, 3, 3, 15)]
    assert {table["inserted"] for table in second.json["tables"]} == {0}
    assert [user["api_key"] is None for user in second.json["users"]] == [True] * 3
    assert all(user["api_key"].startswith("ak_") for user in first.json["users"])


def test_keys_are_stored_so_that_nobody_reads_them(database: Target, on: On) -> None:
    users = on(database)("seed", "--output", "json").json["users"]
    stored = fetch(database, "SELECT api_key FROM users")
    assert not {user["api_key"] for user in users} & {str(row[0]) for row in stored}


def test_changed_rows_are_told_and_put_back_by_force(database: Target, on: On) -> None:
    on(database)("seed")
    execute(database, "UPDATE market_booths SET theme = 'glitch'")
    told = on(database)("seed")
    kept = fetch(database, "SELECT DISTINCT theme FROM market_booths")
    forced = on(database)("seed", "--force")
    assert "3 demo rows changed since: --force puts them back." in told.out
    assert kept == [("glitch",)]
    assert forced.code == 0
    assert fetch(database, "SELECT theme FROM market_booths ORDER BY 1") == [("cyan",), ("gold",), ("magenta",)]


def test_pending_migrations_come_first(empty_database: Target, on: On) -> None:
    result = on(empty_database)("seed")
    assert (result.code, "hint: Run `alphanest db upgrade` first." in result.err) == (3, True)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_precious_database_is_not_seeded(environment: str, database: Target, on: On) -> None:
    configured = on(database)("seed", ALPHANEST_ENV=environment)
    on(database)("db", "upgrade", ALPHANEST_ENV=environment)
    recorded = [on(database)(*call, ALPHANEST_ENV="development") for call in (("seed", "--force"), ("init", "--demo"))]
    assert [result.code for result in (configured, *recorded)] == [3, 3, 3]
    assert fetch(database, COUNTS) == [(0, 0, 0, 0)]
    assert all(f"this is a {environment} database" in result.err for result in recorded)


def test_name_that_somebody_has_already_is_a_conflict_and_changes_nothing(database: Target, on: On) -> None:
    execute(database, "INSERT INTO users (id, email, username, hashed_password) VALUES ('u', 'x@y', 'neontrader', '!')")
    result = on(database)("seed")
    assert (result.code, fetch(database, COUNTS)) == (3, [(1, 0, 0, 0)])
    assert "is taken by user u" in result.err
