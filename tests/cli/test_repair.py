"""Repairing from the command line: what is asked, what is shown, and what does not go together."""

import csv
import io

import pytest

from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.conftest import On
from tests.journal_scenes import contents
from tests.repair_scenes import BREAK, broken, column, orderly, repair, repaired
from tests.servers import execute, fetch

GHOSTS = "UPDATE trades SET user_id = 'ghost' WHERE id IN ('t01', 't02', 't03', 't04', 't05')"
FIX = ("check", "integrity", "--fix")


def test_without_a_terminal_it_is_refused_and_says_what_would_be_changed(database: Target, on: On) -> None:
    before = contents(orderly(database, GHOSTS))

    done = repair(on, database)

    assert done.code == 3
    assert "moved to alphanest_admin.quarantine_trades" in done.err
    assert f"repairing {database.database} was not confirmed\nhint: Answer yes on a terminal, or add --yes." in done.err
    assert contents(database) == before


@pytest.mark.parametrize(("typed", "code", "ghosts"), [("y", 0, 0), ("n", 3, 5)])
def test_answer_on_the_terminal_counts(typed: str, code: int, ghosts: int, database: Target, on: On) -> None:
    orderly(database, GHOSTS)

    screen = on_terminal(on(database), *FIX, typed=typed, columns=60)

    assert screen.code == code, screen.text
    assert column(database, "SELECT count(*) FROM trades WHERE user_id = 'ghost'") == [ghosts]


def test_production_wants_the_name_of_the_database_for_both_ways(database: Target, on: On) -> None:
    orderly(database, GHOSTS)
    production = {"ALPHANEST_ENV": "production"}
    only = ("--only", "orphans")

    assert repair(on, database, *only, "--yes", **production).code == 3
    assert repair(on, database, *only, "--confirm", "another", **production).code == 3
    done = repair(on, database, *only, "--confirm", database.database, **production)
    assert done.code == 0, done.err
    assert on(database)("check", "undo", "1", "--yes", **production).code == 3
    assert on(database)("check", "undo", "1", "--confirm", database.database, **production).code == 0


def test_nothing_to_repair_asks_nobody_and_leaves_no_run(database: Target, on: On) -> None:
    orderly(database)

    for arguments in ((), ("--yes",), ("--dry-run",)):
        done = repair(on, database, *arguments)
        assert (done.code, done.out) == (0, "nothing to repair, nothing is left\n"), done.err
    assert on(database)("check", "repairs").out == "nothing was ever repaired\n"


def test_samples_are_few_and_all_are_streamed(database: Target, on: On) -> None:
    orderly(database, GHOSTS)

    few = repair(on, database, "--dry-run")
    assert "  … and 2 more (--all shows them)" in few.out
    every = repair(on, database, "--dry-run", "--all", "--output", "json").json["changes"]
    assert [(c["table"], c["rows"], len(c["samples"])) for c in every] == [("trades", 5, 5)]
    assert every[0]["samples"][0]["before"]["user_id"] == "ghost"
    rows = list(csv.DictReader(io.StringIO(repair(on, database, "--yes", "--all", "--output", "csv").out)))
    assert [row["key"] for row in rows] == ["id=t01", "id=t02", "id=t03", "id=t04", "id=t05"]
    assert rows[0]["note"] == "user_id is 'ghost', which is not in users"
    shown = on(database)("check", "repairs", "1", "--output", "json").json
    assert [change["key"]["id"] for change in shown] == ["t01", "t02", "t03", "t04", "t05"]


def test_json_of_a_repair_is_the_report(database: Target, on: On) -> None:
    report = repaired(on, broken(database))

    assert [*report] == ["database", "run", "dry_run", "started_at", "duration_seconds", "changes", "left"]
    assert [*report["changes"][0]] == ["check", "action", "table", "constraint", "quarantine", "rows", "samples"]
    assert [*report["left"][0]] == ["check", "level", "state", "count", "remedy", "samples", "reason"]
    [run] = on(database)("check", "repairs", "--output", "json").json
    assert (run["id"], run["kind"], run["details"]["orphans"]) == (report["run"], "repair", "quarantine")
    assert sum(step["rows"] for step in run["steps"]) == sum(change["rows"] for change in report["changes"])


def test_values_with_control_characters_do_not_reach_the_terminal(database: Target, on: On) -> None:
    orderly(database, "UPDATE trades SET user_id = E'\\x1b]0;owned\\x07[/]' WHERE id = 't01'")

    done = repair(on, database, "--yes")

    assert done.code == 0, done.err
    assert "\x1b" not in done.out + on(database)("check", "repairs", "1").out


def test_undo_says_what_is_in_the_way_and_changes_nothing(database: Target, on: On) -> None:
    orderly(database, "DELETE FROM market_booths WHERE id = 'b01'")
    run = str(repaired(on, database)["run"])
    execute(
        database,
        "INSERT INTO nft_items (id, name, price, creator_id, creator, owner_id, booth_id, created_at)"
        " SELECT 'newer', 'x', 1, 'u01', 'user1', 'u01', id, 1700000000000 FROM market_booths WHERE user_id = 'u01'",
    )
    before = contents(database)

    for arguments in (("--dry-run",), ("--yes",)):
        done = on(database)("check", "undo", run, *arguments)
        assert done.code == 3
        assert f"run {run} cannot be undone: something newer stands in the way" in done.err
        assert "nft_items id=newer: booth_id refers to what the run put into market_booths" in done.err
    assert contents(database) == before
    execute(database, "DELETE FROM nft_items WHERE id = 'newer'")
    dry = on(database)("check", "undo", run, "--dry-run")
    assert (dry.code, "would be undone: nothing stands in the way" in dry.out) == (0, True)
    assert contents(database) != before
    assert on(database)("check", "undo", run).code == 3  # nobody said yes
    assert on(database)("check", "undo", run, "--yes", "--output", "json").json["run"] == int(run)
    assert on(database)("check", "undo", "99", "--yes").code == 2
    assert "undone" in on(database)("check", "repairs").out


def test_undo_leaves_no_orphan_where_a_key_is_missing(database: Target, on: On) -> None:
    orderly(database, "DELETE FROM nft_items WHERE owner_id = 'u01'", "DELETE FROM market_booths WHERE id = 'b01'")
    execute(database, "ALTER TABLE nft_items DROP CONSTRAINT nft_items_booth_id_fkey")
    run = str(repaired(on, database)["run"])
    moved = "UPDATE nft_items SET booth_id = (SELECT id FROM market_booths WHERE user_id = 'u01') WHERE id = 'i02a'"
    execute(database, moved)

    done = on(database)("check", "undo", run, "--yes")

    assert done.code == 3
    assert "nft_items id=i02a: booth_id refers to what the run put into market_booths" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dry-run",), "--dry-run goes with --fix"),
        (("--orphans", "delete"), "--orphans goes with --fix"),
        (("--yes",), "--yes goes with --fix"),
        (("--fix", "--write-revision"), "--fix is about rows, --write-revision about the schema"),
        (("--fix", "--max-rows", "5"), "--max-rows does not go with --fix"),
        (("--fix", "--output", "sarif"), "sarif is a form of what checks find"),
        (("--fix", "--only", "nonsense"), "there is no check or tag 'nonsense'"),
        (("--fix", "--orphans", "burn"), "'burn' is not one of"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    arguments: tuple[str, ...], said: str, database: Target, on: On
) -> None:
    done = on(database)("check", "integrity", *arguments)

    assert done.code == 2
    assert said in done.err


def test_whoever_may_not_write_is_told_so(database: Target, on: On) -> None:
    orderly(database, GHOSTS)
    execute(database, f"ALTER DATABASE {database.database} SET default_transaction_read_only = on")

    done = repair(on, database, "--yes")

    assert done.code == 3
    assert "this server only reads" in done.err
    assert fetch(database, "SELECT to_regclass('alphanest_admin.journal_runs') IS NULL") == [(True,)]


def test_empty_database_has_nothing_to_repair(empty_database: Target, on: On) -> None:
    done = repair(on, empty_database, "--yes")

    assert done.code == 0, done.err
    assert "nothing to repair, nothing is left, " in done.out
    report = repaired(on, empty_database)
    assert {(item["state"], item["count"]) for item in report["left"]} == {("skipped", 0)}
    assert f"{len(report['left'])} checks skipped" in done.out


def test_deployed_database_is_repaired_as_it_is(deployed_database: Target, on: On) -> None:
    execute(deployed_database, BREAK + "UPDATE trades SET user_id = 'ghost' WHERE id = (SELECT min(id) FROM trades)")
    before = contents(deployed_database)

    done = repaired(on, deployed_database)

    assert {c["check"] for c in done["changes"]} >= {"orphans"}
    assert "orphans" not in {item["check"] for item in done["left"]}
    assert on(deployed_database)("check", "undo", str(done["run"]), "--yes").code == 0
    assert contents(deployed_database) == before
