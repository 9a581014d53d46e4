"""`alphanest user delete` and `export`: what goes, what is kept, and what is written down before."""

import json
import stat
from pathlib import Path

from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.conftest import On
from tests.servers import execute
from tests.user_scenes import HASH, counts, put_anna

ALL = {"users": 1, "subscriptions": 2, "trades": 7, "market_booths": 1, "nft_items": 2}


def test_deleting_says_what_goes_and_takes_just_that(database: Target, on: On) -> None:
    before = counts(put_anna(database))
    plan = on(database)("user", "delete", "anna", "--dry-run", "-o", "json").json["rows"]
    refused = on(database)("user", "delete", "anna")
    assert {table["table"]: table["rows"] for table in plan["tables"]} == ALL
    assert (plan["items_of_others"], plan["items_left_behind"]) == (1, 1)
    assert (refused.code, counts(database)) == (3, before)
    assert "1 item of others in the booth go too" in refused.err

    deleted = on(database)("user", "delete", "ANNA@example.com", "--yes", "-o", "json")

    assert (deleted.code, deleted.json["id"]) == (0, "anna")
    assert counts(database) == {table: before[table] - rows for table, rows in ALL.items()}


def test_precious_database_asks_for_its_name(database: Target, on: On) -> None:
    put_anna(database)
    assert on(database)("user", "delete", "anna", "--yes", ALPHANEST_ENV="production").code == 3
    named = on_terminal(on(database), "user", "delete", "anna", typed=database.database, ALPHANEST_ENV="production")
    assert (named.code, counts(database)["users"]) == (0, 1)


def test_trades_cannot_be_kept_and_locking_out_is_offered(database: Target, on: On) -> None:
    before = counts(put_anna(database))
    refused = on(database)("user", "delete", "anna", "--keep-trades", "--yes")
    assert (refused.code, counts(database)) == (3, before)
    assert "`alphanest user deactivate anna` locks the account and keeps every row" in refused.err


def test_export_holds_everything_but_secrets_and_says_so(database: Target, on: On, tmp_path: Path) -> None:
    put_anna(database)
    answer = on(database)("user", "export", "anna")
    document = json.loads(answer.out)
    assert {table: len(document[table]) for table in ("subscriptions", "trades", "market_booths", "nft_items")} == {
        "subscriptions": 2, "trades": 7, "market_booths": 1, "nft_items": 3
    }  # fmt: skip
    assert document["user"]["email"] == "anna@example.com"
    assert set(document["left_out"]) == {"users.hashed_password", "users.api_key"}
    assert (HASH in answer.out, "ak_Anna" in answer.out) == (False, False)
    assert document["nft_items"][0]["nft_attributes"] == {"a": 1}
    file = tmp_path / "anna.json"
    assert on(database)("user", "export", "anna", "--file", str(file)).code == 0
    again = on(database)("user", "export", "anna", "--file", str(file))
    assert (again.code, stat.S_IMODE(file.stat().st_mode)) == (2, 0o600)
    assert {**json.loads(file.read_text()), "exported_at": ""} == {**document, "exported_at": ""}


def test_export_comes_before_the_deletion_or_nothing_is_deleted(database: Target, on: On, tmp_path: Path) -> None:
    before = counts(put_anna(database))
    for place in (tmp_path / "no folder" / "x.json", tmp_path):
        assert on(database)("user", "delete", "anna", "--yes", "--export", str(place)).code == 2
    assert counts(database) == before
    file = tmp_path / "anna.json"
    assert on(database)("user", "delete", "anna", "--yes", "--export", str(file)).code == 0
    assert (len(json.loads(file.read_text())["trades"]), counts(database)["trades"]) == (7, 0)


def test_export_of_a_user_without_anything_is_whole(database: Target, on: On) -> None:
    execute(put_anna(database), "DELETE FROM nft_items", "DELETE FROM market_booths")
    document = json.loads(on(database)("user", "export", "bob").out)
    assert [document[table] for table in ("subscriptions", "trades", "market_booths", "nft_items")] == [[], [], [], []]
