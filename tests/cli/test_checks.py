"""`alphanest check` as it is called: its forms, its exit codes, what is typed wrong."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alphanest_db.database.target import Target
from tests.check_scenes import OPEN, ROWS
from tests.cli.terminal import on_terminal
from tests.conftest import Cli, On, new_database
from tests.report_forms import read_junit, read_sarif
from tests.servers import execute

RESULT = {"name", "level", "state", "count", "samples", "reason"}
FINDING = {"check", "level", "table", "key", "message", "sql"}
HOSTILE = "\x1b[31mred\x07 & <b>\u202e,\"'"


@pytest.fixture(scope="module")
def broken(server: Target, template: str) -> Iterator[Target]:
    """A database with a few defects, one of them with a name that would like to steer a terminal."""
    with new_database(server, template) as target:
        execute(
            target, ROWS, OPEN, "UPDATE nft_items SET price = -1 WHERE id IN ('i01a', 'i01b', 'i02a', 'i02b', 'i03a')",
            "UPDATE trades SET pair = repeat('x', 50) WHERE id = 't01'",
        )  # fmt: skip
        hostile = HOSTILE.replace("'", "''")
        execute(target, f"UPDATE subscriptions SET status = E'{hostile}' WHERE id = 's01'")
        yield target


def test_json_is_the_report(broken: Target, on: On) -> None:
    done = on(broken)("check", "integrity", "--output", "json", "--samples", "2")

    assert done.code == 1
    assert set(done.json) == {"database", "revision", "started_at", "duration_seconds", "checks"}
    assert (done.json["database"], done.json["revision"]) == (broken.database, "e1906a3bd482")
    assert all(set(result) == RESULT for result in done.json["checks"])
    failed = {result["name"]: result for result in done.json["checks"] if result["state"] == "failed"}
    assert {name: result["count"] for name, result in failed.items()} == {
        "cut-off-texts": 1, "model-nullable": 1, "model-values": 5, "negative-prices": 5, "unknown-status": 1,
    }  # fmt: skip
    [first, second] = failed["negative-prices"]["samples"]
    assert set(first) == FINDING
    assert (first["table"], first["key"], second["key"]) == ("nft_items", {"id": "i01a"}, {"id": "i01b"})
    assert done.err == ""


def test_all_streams_every_finding_in_every_form(broken: Target, on: On) -> None:
    call = on(broken)
    arguments = ("check", "--only", "negative-prices", "--only", "unknown-status", "--all", "--output")

    as_json = call(*arguments, "json").json
    assert [len(result["samples"]) for result in as_json["checks"]] == [5, 1]
    assert HOSTILE in as_json["checks"][1]["samples"][0]["message"].replace("''", "'")

    rows = list(csv.DictReader(io.StringIO(call(*arguments, "csv").out)))
    assert [row["key"] for row in rows] == ["i01a", "i01b", "i02a", "i02b", "i03a", "s01"]

    sarif = read_sarif(call(*arguments, "sarif").out)
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["negative-prices"] * 5 + ["unknown-status"]

    junit = call(*arguments, "junit").out
    root = read_junit(junit)
    assert (root.attrib["tests"], root.attrib["failures"]) == ("2", "2")
    assert "i03a" in "".join(root.itertext())

    table = call(*arguments, "table")
    assert table.out.count("nft_items id=") == 5
    assert table.code == 1
    assert "\x1b" not in table.out + junit


def test_every_state_has_its_place_in_every_form(broken: Target, on: On) -> None:
    sarif = read_sarif(on(broken)("check", "--output", "sarif").out)
    junit = on(broken)("check", "--fail-on", "error", "--output", "junit").out

    suite = read_junit(junit)[0]
    outcomes = {case.attrib["name"]: [child.tag for child in case] for case in suite}
    assert outcomes["broken-tables"] == ["skipped"]
    assert outcomes["negative-prices"] == ["failure"]
    assert outcomes["cut-off-texts"] == ["system-out"]
    assert outcomes["orphans"] == []
    told = [item["associatedRule"]["id"] for item in sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]]
    assert "demo-accounts" in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--only", "cut-off-texts"), 0),
        (("--only", "cut-off-texts", "--fail-on", "info"), 1),
        (("--only", "model-values", "--fail-on", "error"), 0),
        (("--only", "values", "--skip", "negative-prices", "--skip", "unknown-status"), 0),
        (("--only", "orphns"), 2),
        (("--only", "orphans", "--skip", "links"), 2),
        (("--ignore-file", "absent.toml"), 2),
    ],
    ids=str,
)
def test_exit_code_says_whether_something_was_found(arguments: Any, code: int, broken: Target, on: On) -> None:
    assert on(broken)("check", *arguments).code == code


def test_ignore_file_is_found_and_its_mistakes_are_named(broken: Target, on: On) -> None:
    call = on(broken)
    file = Path(call.folder) / "alphanest-ignore.toml"

    file.write_text('[[checks]]\ncheck = "negative-prices"\nkey = "i0*"\nreason = "known"\nexpires = 2999-01-01\n')
    done = call("check", "--only", "negative-prices", "--only", "stale-ignores")
    assert done.code == 0
    file.write_text('[[checks]]\nkey = "i0*"\nreason = "known"\nexpires = 2999-01-01\n')
    done = call("check", "--only", "negative-prices")
    assert (done.code, done.err.splitlines()[0]) == (2, f"error: {file}: entry 1 of checks needs a check and a reason")


def test_demo_data_is_clean(absent_database: Target, on: On) -> None:
    call = on(absent_database)
    assert call("init", "--demo", ALPHANEST_BCRYPT_COST="12").code == 0

    done = call("check", "--output", "json", ALPHANEST_BCRYPT_COST="12")

    assert done.code == 0
    assert [result["name"] for result in done.json["checks"] if result["state"] == "failed"] == ["superuser-role"]
    in_production = call(
        "check", "security", "--output", "json", ALPHANEST_ENV="production", ALPHANEST_BCRYPT_COST="12"
    )
    failed = {result["name"]: result["count"] for result in in_production.json["checks"] if result["state"] == "failed"}
    assert failed == {"superuser-role": 1, "demo-accounts": 3, "demo-passwords": 3}


def test_table_tells_what_to_do_on_a_narrow_terminal(broken: Target, on: On) -> None:
    screen = on_terminal(on(broken), "check", "--only", "values", columns=60)

    assert screen.code == 1
    assert "error negative-prices: Prices below zero." in screen.plain
    assert "… and 2 more (--all shows them)" in screen.plain
    assert 'do: SELECT * FROM "public"."nft_items" WHERE "id" = \'i01a\';' in screen.plain
    assert "\x07" not in screen.text
    assert "at e1906a3bd482: " in screen.plain


def test_foreign_keys_are_listed_with_what_they_lack(server: Target, template: str, on: On) -> None:
    with new_database(server, template) as target:
        execute(
            target, ROWS, "ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_user_id_fkey; DROP INDEX ix_trades_user_id",
            "UPDATE subscriptions SET user_id = 'ghost' WHERE id = 's01'",
        )  # fmt: skip
        done = on(target)("check", "foreign-keys", "--output", "json")
        table = on(target)("check", "foreign-keys")

    keys = {(key["table"], *key["columns"]): key for key in done.json}
    assert (done.code, table.code, len(keys)) == (1, 1, 7)
    assert keys["trades", "user_id"] == {
        "table": "trades", "columns": ["user_id"], "target": "users", "target_columns": ["id"],
        "constraint": "trades_user_id_fkey", "on_delete": "cascade", "valid": True, "enforced": True, "indexed": False,
        "rows": 40, "orphans": 0,
    }  # fmt: skip
    missing = keys["subscriptions", "user_id"]
    assert (missing["constraint"], missing["valid"], missing["rows"], missing["orphans"]) == (None, False, 40, 1)
    assert "2 of them with something to do" in table.out


def test_checks_are_listed_and_explained_without_a_database(cli: Cli) -> None:
    listed = cli("check", "list", "--only", "links", "--output", "json", CI="1")
    explained = cli("check", "explain", "items-in-foreign-booth", CI="1")

    assert {item["name"] for item in listed.json} >= {"orphans", "creator-links"}
    assert "JOIN market_booths AS b ON b.id = t.booth_id" in explained.out
    assert cli("check", "explain", "orphan").err.splitlines() == [
        "error: there is no check 'orphan'", "hint: Did you mean orphans? `alphanest check list` shows what there is.",
    ]  # fmt: skip


def test_unreachable_database_is_said_once(cli: Cli) -> None:
    done = cli("check", "--jobs", "4", DATABASE_URL="postgresql://anna@127.0.0.1:1/nest")

    assert (done.code, done.out) == (4, "")
    assert done.err.count("error:") == 1
