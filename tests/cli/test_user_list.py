"""`alphanest user list`: filters, pages, streams, and what hostile names do to a terminal."""

import csv
import io
import re
import shlex
from collections.abc import Iterator

import pytest

from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.cli.test_output import HOSTILE, unsafe
from tests.conftest import Cli, On
from tests.servers import execute
from tests.user_scenes import put_anna, put_users


@pytest.fixture
def listed(database: Target) -> Target:
    """Anna, Bob, and three whose names sort around theirs."""
    return put_users(put_anna(database), "aaron", "Zed", "100%_\\")


def names(cli: Cli, *arguments: str) -> list[str]:
    answer = cli("user", "list", "-o", "json", *arguments)
    assert answer.code == 0, answer.err
    return [user["username"] for user in answer.json]


def test_user_is_listed_with_the_newest_subscription_and_counts(listed: Target, on: On) -> None:
    [anna] = on(listed)("user", "list", "--search", "ANNA@", "-o", "json").json
    assert anna == {
        "id": "anna", "username": "Anna", "email": "anna@example.com", "is_active": True, "avatar": "🦊",
        "created_at": "2026-01-01T00:00:00+00:00", "status": "active", "plan": "annual", "trades": 7, "items": 1,
    }  # fmt: skip


FILTERS = {
    ("--active",): ["Anna"],
    ("--inactive", "--search", "o"): ["100%_\\", "Bob", "Zed", "aaron"],
    ("--status", "active"): ["Anna"],
    ("--status", "expired"): [],
    ("--status", "none", "--search", "b"): ["Bob"],
    ("--created-after", "2025-12-31", "--active"): ["Anna"],
    ("--created-after", "2026-01-01T01:00+01:00", "--active"): [],
    ("--search", "%_\\"): ["100%_\\"],
    ("--search", "' OR true --"): [],
    ("--sort", "newest", "--active"): ["Anna"],
}


def test_filters_hold_all_at_once(listed: Target, on: On) -> None:
    execute(listed, "UPDATE users SET email = username || '@o' WHERE username IN ('100%_\\', 'Zed', 'aaron')")
    assert {arguments: names(on(listed), *arguments) for arguments in FILTERS} == FILTERS


@pytest.mark.parametrize("order", ["username", "email", "newest"])
def test_pages_together_are_everybody_once(order: str, listed: Target, on: On) -> None:
    execute(listed, "UPDATE users SET created_at = '2026-03-03Z' WHERE username IN ('aaron', 'Zed')")
    everybody = names(on(listed), "--sort", order, "--all")
    assert sorted(everybody) == sorted(["100%_\\", "Anna", "Bob", "Zed", "aaron"])
    assert [name for page in pages(on(listed), order) for name in page] == everybody
    if order == "newest":
        assert (set(everybody[:3]), everybody[-1]) == ({"100%_\\", "aaron", "Zed"}, "Bob")


def test_pages_go_past_times_that_python_cannot_hold(database: Target, on: On) -> None:
    times = ["'infinity'"] * 3 + ["'294000-01-01'", "'2026-01-01'", "'4000-01-01 BC'"] + ["'-infinity'"] * 3 + ["NULL"]
    execute(database, *(
        "INSERT INTO users (id, email, username, hashed_password, created_at)"
        f" VALUES ('{number}', '{number}@example.com', 'user{number}', '!', {time})" for number, time in enumerate(times)
    ))  # fmt: skip
    everybody = names(on(database), "--sort", "newest", "--all")
    assert (set(everybody[:4]), everybody[4], len(everybody)) == ({f"user{n}" for n in range(4)}, "user4", len(times))
    assert [name for page in pages(on(database), "newest") for name in page] == everybody


def pages(cli: Cli, order: str) -> Iterator[list[str]]:
    """Pages of two, each after the place that the one before has told."""
    after: tuple[str, ...] = ()
    for _ in range(5):
        answer = cli("user", "list", "--sort", order, "--limit", "2", "-o", "json", *after)
        yield [user["username"] for user in answer.json]
        told = re.search("more: (--after .*)", answer.err)
        if not told:
            return
        after = tuple(shlex.split(told[1]))
    raise AssertionError("the pages do not end")


def test_stream_is_the_same_in_every_form(listed: Target, on: On) -> None:
    rows = list(csv.DictReader(io.StringIO(on(listed)("user", "list", "--all", "-o", "csv").out)))
    assert [row["username"] for row in rows] == names(on(listed), "--all")
    assert {row["username"]: row["trades"] for row in rows}["Anna"] == "7"
    empty = on(listed)("user", "list", "--all", "--search", "nobody", "-o", "csv")
    assert (empty.code, empty.out.splitlines()[0].split(",")[:2]) == (0, ["username", "email"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--active", "--inactive"), ("--created-after", "soon"), ("--sort", "newest", "--after", "x"), ("--limit", "0"),
        ("--created-after", "0001-01-01T00:00+23:59"), ("--status", "actve"), ("--search", "\udcff"), ("--after", "\udcff"),
        ("--sort", "newest", "--after", "2026-11-24,\udcff"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_wrong_usage(arguments: tuple[str, ...], database: Target, on: On) -> None:
    refused = on(database)("user", "list", *arguments)
    assert (refused.code, refused.err.count("error: ")) == (2, 1), refused.err


def test_hostile_rows_of_the_platform_steer_no_terminal(deployed_database: Target, on: On) -> None:
    execute(
        deployed_database,
        f"UPDATE users SET username = $${HOSTILE}$$, email = $${HOSTILE}$$, avatar = $${HOSTILE[:10]}$$ WHERE username = 'user1'",
        f"UPDATE subscriptions SET status = $${HOSTILE}$$ WHERE user_id = md5('user 1')",
        f"UPDATE market_booths SET theme = $${HOSTILE}$$ WHERE user_id = md5('user 1')",
    )
    calls = [("list", "--search", "x\x1b"), ("show", HOSTILE), ("delete", HOSTILE, "--dry-run"), ("export", HOSTILE)]
    calls += [("list", "--search", "x\x1b", "-o", form) for form in ("json", "csv")]
    for call in calls:
        screen = on_terminal(on(deployed_database), "user", *call)
        assert (screen.code, unsafe(screen.plain)) == (0, []), (call, screen.plain)


def test_deployed_rows_are_listed_as_they_are(deployed_database: Target, on: On) -> None:
    execute(
        deployed_database,
        "UPDATE users SET avatar = NULL, is_active = NULL, created_at = NULL WHERE username = 'user7'",
        "UPDATE users SET created_at = '20000-01-01Z', updated_at = '0044-03-15 BC' WHERE username = 'user8'",
    )
    [user] = on(deployed_database)("user", "list", "--search", "user7@", "-o", "json").json
    assert (user["status"], user["is_active"], user["created_at"], user["trades"]) == ("actve", None, None, 10)
    assert on(deployed_database)("user", "show", "user7").code == 0
    assert on(deployed_database)("user", "show", "user8", "-o", "json").json["created_at"].startswith("9999-12-31")
    assert on(deployed_database)("user", "list", "--sort", "newest", "--limit", "3").code == 0
