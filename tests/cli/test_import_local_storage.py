"""`alphanest import local-storage`: all or nothing of a file, the same twice, and an account of every record."""

import csv
import io
import json
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.passwords import verify_password
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.seeding.local_storage.model import FileState, ImportOptions, ImportReport, OnConflict, UnknownUsers
from alphanest_db.seeding.local_storage.sources import find_sources
from alphanest_db.settings import load_settings
from alphanest_db.workflows.local_storage import import_local_storage
from tests.conftest import On, Result
from tests.local_storage_scenes import booth, counted, export, generated, item, mutated, user, written
from tests.servers import execute, fetch

# Any in this file: whatever JSON can hold.

ANNA, BOB = user(1, username="Anna", email="anna@example.com"), user(2, username="Bob", email="bob@example.com")
STATE = """
    SELECT (SELECT sum(hashtextextended(u::text, 0)::numeric) FROM users u), (SELECT sum(hashtextextended(s::text, 0)::numeric)
    FROM subscriptions s), (SELECT sum(hashtextextended(b::text, 0)::numeric) FROM market_booths b),
    (SELECT sum(hashtextextended(i::text, 0)::numeric) FROM nft_items i)
"""


def saved(folder: Path, lists: Mapping[str, Any], name: str = "export.json", form: int = 0) -> str:
    """The export in a file."""
    (folder / name).write_bytes(written(dict(lists), form))
    return str(folder / name)


def imported(on: On, target: Target, *arguments: str, stdin: str | None = None) -> Result:
    """The import's answer as JSON, of which the sums must be right."""
    done = on(target)("import", "local-storage", *arguments, "-o", "json", stdin=stdin)
    for kind in done.json["kinds"] if done.out else ():
        parts = ("inserted", "changed", "unchanged", "skipped", "rejected")
        assert kind["rows"] == sum(kind[part] for part in parts), kind
    return done


def counts(done: Result) -> dict[str, dict[str, int]]:
    """What became of the records, without what happened to none."""
    return {
        kind["kind"]: {outcome: n for outcome, n in kind.items() if outcome not in ("kind", "rows") and n}
        for kind in done.json["kinds"]
    }


def lines(path: str) -> list[Any]:
    """The objects in a file of JSON lines, which is for its owner alone."""
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def require_integrity(on: On, target: Target) -> None:
    done = on(target)("check", "integrity", "--fail-on", "info")
    assert done.code == 0, done.out


def test_export_comes_in_as_registration_makes_users_and_twice_is_once(
    database: Target, on: On, tmp_path: Path
) -> None:
    url = "https://cdn.example.com/" + "a" * 300
    sword = item(1, ANNA, imageUrl=url, price=3)
    lists = export(
        ANNA, BOB | {"avatar": "https://example.com/me.png"}, items=[sword, item(2, BOB)],
        booths=[booth(ANNA, [sword | {"price": 4}, item(3, ANNA, ownerId=None)], bio=None)],
    )  # fmt: skip
    file = saved(tmp_path, lists, form=1)

    done = imported(on, database, file)

    assert (done.code, counts(done)) == (
        0, {"user": {"inserted": 2}, "booth": {"inserted": 1}, "item": {"inserted": 3, "skipped": 1}},
    ), done.err  # fmt: skip
    assert done.json["created"] == {"users": 0, "subscriptions": 2, "booths": 2}
    assert done.json["other_keys"] == ["other", "theme"]
    assert fetch(
        database, "SELECT id, email, hashed_password, avatar, is_active, created_at FROM users ORDER BY id"
    ) == [
        (ANNA["id"], "anna@example.com", "!", "🦊", True, datetime(2023, 11, 14, 22, 13, 20, 1000, UTC)),
        (BOB["id"], "bob@example.com", "!", "👤", True, datetime(2023, 11, 14, 22, 13, 20, 2000, UTC)),
    ]
    assert fetch(database, "SELECT status, plan_type FROM subscriptions") == [("trial", "monthly")] * 2
    assert fetch(
        database, "SELECT user_id, bio, theme, total_volume, active_listings, updated_at FROM market_booths ORDER BY 1"
    )[0] == (ANNA["id"], ANNA["bio"], "gold", 12.25, 2, datetime(2023, 11, 14, 22, 13, 25, tzinfo=UTC))
    assert fetch(database, "SELECT image_url, nft_attributes->>'imageUrl', price, created_at FROM nft_items WHERE id = '"
                 + sword["id"] + "'") == [("🎨", url, 3.0, 1_700_000_001_001)]  # fmt: skip
    rejects, left = lines(done.json["rejects"]), lines(done.json["leftover"])
    assert [(line["outcome"], line["path"], line["other"], line["record"]["price"]) for line in rejects] == [
        ("skipped", "$.alphanest_market_booths[0].listings[0]", "$.alphanest_nft_items[0]", 4)
    ]
    assert "differs in price" in rejects[0]["reason"]
    assert [line["leftover"].get("avatar") for line in left if line["kind"] == "user"] == [
        None,
        "https://example.com/me.png",
    ]
    assert {"region", "score", "clanTag"} <= left[0]["leftover"].keys()
    assert not any("passwordHash" in line["leftover"] or "bio" in line["leftover"] for line in left)
    require_integrity(on, database)

    before = fetch(database, STATE)
    again = imported(on, database, file)
    assert counts(again) == {
        "user": {"unchanged": 2}, "booth": {"unchanged": 1}, "item": {"unchanged": 3, "skipped": 1},
    }  # fmt: skip
    assert fetch(database, STATE) == before


def test_dry_run_tells_the_same_and_changes_nothing(database: Target, on: On, tmp_path: Path) -> None:
    saved(tmp_path, export(ANNA, booths=[booth(ANNA, [])]), "a.json")
    saved(tmp_path, export(ANNA, BOB), "b.json")
    told = str(tmp_path / "p.csv")

    dry = imported(on, database, str(tmp_path), "--dry-run", "--passwords-csv", told)

    assert (dry.code, fetch(database, "SELECT count(*) FROM users")) == (0, [(0,)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json"]
    real = imported(on, database, str(tmp_path))
    assert (
        counts(dry) == counts(real) == {"user": {"inserted": 2, "unchanged": 1}, "booth": {"inserted": 1}, "item": {}}
    )


def test_newest_record_counts_in_one_file_and_across_files(database: Target, on: On, tmp_path: Path) -> None:
    old, new = booth(ANNA, [], theme="cyan"), booth(ANNA, [], theme="glitch", updatedAt=1_700_000_900_000)
    moved = item(1, ANNA, ownerId=BOB["id"])
    moved["transactionHistory"] = [*moved["transactionHistory"], {
        "id": "tx_2", "nftId": moved["id"], "type": "sale", "from": ANNA["id"], "to": BOB["id"], "price": 3,
        "timestamp": 1_700_000_500_000.9}]  # fmt: skip
    newer = saved(tmp_path, export(ANNA, BOB, booths=[old, new], items=[item(1, ANNA), moved]), "newer.json")
    older = saved(tmp_path, export(ANNA, BOB, booths=[old], items=[item(1, ANNA)]), "older.json")
    for order in ((older, newer), (newer, older)):
        done = imported(on, database, *order)
        assert fetch(
            database,
            "SELECT theme, active_listings, (SELECT booth_id FROM nft_items) = id FROM market_booths ORDER BY user_id",
        ) == [("glitch", 0, False), ("cyan", 1, True)]
        before = fetch(database, STATE)
        again = imported(on, database, *order)
        assert (fetch(database, STATE), sum(k["inserted"] + k["changed"] for k in again.json["kinds"])) == (before, 0)
        if order[0] == older:
            assert counts(done)["item"] == {"inserted": 1, "changed": 1, "skipped": 1}
        execute(database, "DELETE FROM users")
    require_integrity(on, database)


def test_order_of_files_does_not_matter(database: Target, on: On, tmp_path: Path) -> None:
    sword = item(1, BOB)
    first = saved(tmp_path, export(ANNA, booths=[booth(BOB, [sword])], items=[item(2, user(99))]), "1.json")
    second = saved(tmp_path, export(BOB), "2.json")
    rejects = str(tmp_path / "r.jsonl")

    done = imported(on, database, first, second, "--rejects", rejects)

    assert counts(done) == {"user": {"inserted": 2}, "booth": {"changed": 1}, "item": {"inserted": 1, "skipped": 1}}
    assert [(line["path"], line["reason"]) for line in lines(rejects)] == [
        ("$.alphanest_nft_items[0]", "its owner is unknown")
    ]
    before = fetch(database, STATE)
    again = imported(on, database, first, second)
    assert (fetch(database, STATE), sum(k["inserted"] + k["changed"] for k in again.json["kinds"])) == (before, 0)
    require_integrity(on, database)


@pytest.mark.parametrize("conflict", ["skip", "fail"])
def test_name_that_a_later_file_gives_free_is_given_at_once(
    database: Target, on: On, tmp_path: Path, conflict: str
) -> None:
    eve = user(3, username="ANNA", email="eve@example.com")
    saved(tmp_path, export(ANNA), "1.json")
    saved(tmp_path, export(eve, booths=[booth(eve, [item(1, eve)])]), "2.json")
    saved(tmp_path, export(user(4, username="anna", email="four@example.com")), "3.json")
    saved(tmp_path, export(ANNA | {"username": "Annika", "updatedAt": 1_700_000_900_000}), "4.json")
    arguments = (str(tmp_path), "--on-conflict", conflict, "--keep-going", "--rejects")

    done = imported(on, database, *arguments, str(tmp_path / "r.jsonl"))

    left = "skipped" if conflict == "skip" else "rejected"
    assert counts(done) == {
        "user": {"inserted": 2, "changed": 1, left: 1},
        "booth": {"inserted": 1},
        "item": {"inserted": 1},
    }
    assert fetch(database, "SELECT username FROM users ORDER BY id") == [("Annika",), ("ANNA",)]
    before = fetch(database, STATE)
    again = imported(on, database, *arguments, str(tmp_path / "s.jsonl"))
    assert (fetch(database, STATE), sum(k["inserted"] + k["changed"] for k in again.json["kinds"])) == (before, 0)
    require_integrity(on, database)


def test_item_that_two_files_know_differently_does_not_change_to_and_fro(
    database: Target, on: On, tmp_path: Path
) -> None:
    newer, older = item(1, ANNA, createdAt=1_700_000_900_000, transactionHistory=[]), item(1, ANNA, price=1)
    saved(tmp_path, export(ANNA, items=[newer]), "1.json")
    saved(tmp_path, export(ANNA, items=[older]), "2.json")

    done = imported(on, database, str(tmp_path), "--rejects", str(tmp_path / "r.jsonl"))
    again = imported(on, database, str(tmp_path), "--rejects", str(tmp_path / "s.jsonl"))

    assert counts(done)["item"] == {"inserted": 1, "skipped": 1}
    assert counts(again)["item"] == {"unchanged": 1, "skipped": 1}


def test_user_without_a_beginning_began_when_it_was_last_changed(database: Target, on: On, tmp_path: Path) -> None:
    file = saved(tmp_path, export(ANNA | {"createdAt": None, "updatedAt": 1_700_000_900_000}))

    assert imported(on, database, file).code == 0

    assert fetch(database, "SELECT created_at = updated_at FROM users") == [(True,)]
    require_integrity(on, database)


def test_dates_as_javascript_writes_them_are_times_too(database: Target, on: On, tmp_path: Path) -> None:
    told, moved = (
        "2023-11-14T22:13:20.123Z",
        {"id": "t", "nftId": "n1", "type": "sale", "from": BOB["id"], "to": ANNA["id"]},
    )
    gem = item(1, ANNA, id="n1", createdAt=told, transactionHistory=[moved | {"timestamp": "2024-01-01T00:00:00Z"}])
    lists = export(
        ANNA | {"createdAt": told}, BOB, booths=[booth(ANNA, [], createdAt=told, updatedAt=told)], items=[gem]
    )
    assert imported(on, database, saved(tmp_path, lists)).code == 0
    assert fetch(
        database,
        "SELECT users.created_at, booths.updated_at, items.created_at, transaction_history->0->'timestamp'"
        " FROM users JOIN market_booths AS booths ON user_id = users.id JOIN nft_items AS items ON owner_id = users.id",
    ) == [(datetime(2023, 11, 14, 22, 13, 20, 123000, UTC),) * 2 + (1_700_000_000_123, 1_704_067_200_000)]

    for wrong in (
        "2023-13-14T22:13:20.123Z",
        "2023-11-14",
        "2023-11-14T22:13:20",
        "9999-12-31T23:59:59Z",
        "1700000000000",
    ):
        refused = imported(on, database, saved(tmp_path, export(BOB | {"createdAt": wrong})))
        assert (refused.code, counts(refused)["user"]) == (3, {"rejected": 1}), wrong


def test_ids_that_do_not_fit_become_uuids_everywhere(database: Target, on: On, tmp_path: Path) -> None:
    long = user(3, id="user_" + "x" * 40)
    owned = item(1, long, id="nft_" + "y" * 60)
    owned["transactionHistory"][0]["nftId"] = owned["id"]
    file = saved(tmp_path, export(long, booths=[booth(long, [])], items=[owned]))

    done = imported(on, database, file)

    [(id_, item_id, history, owner, creator)] = fetch(
        database, "SELECT u.id, i.id, transaction_history, owner_id, creator_id FROM users u, nft_items i"
    )
    assert (done.code, len(str(id_)), len(str(item_id)), owner, creator) == (0, 36, 36, id_, id_)
    assert done.json["mapped"] == [{"source_id": long["id"], "user_id": id_, "why": "its id fits no column"}]
    assert isinstance(history, list)
    assert (history[0]["nftId"], history[0]["to"]) == (item_id, id_)
    assert counts(imported(on, database, file))["item"] == {"unchanged": 1}


@pytest.mark.parametrize(
    ("policy", "code", "booths", "users"),
    [
        ("skip", 0, {"inserted": 1, "skipped": 1}, 1),
        ("create", 0, {"inserted": 2}, 3),
        ("fail", 3, {"skipped": 1, "rejected": 1}, 0),
    ],
)
def test_unknown_users(
    policy: str, code: int, booths: dict[str, int], users: int, database: Target, on: On, tmp_path: Path
) -> None:
    demo, maker = {"id": "demo_user_1", "username": "Neon", "avatar": "🌆"}, {"id": "gone", "username": "x"}
    lists = export(
        ANNA, booths=[booth(ANNA, []), booth(demo, [item(5, demo)])], items=[item(6, ANNA, creatorId="gone")]
    )
    assert maker["id"] == lists["alphanest_nft_items"][0]["creatorId"]

    done = imported(on, database, saved(tmp_path, lists), "--unknown-users", policy)

    assert (done.code, counts(done)["booth"], fetch(database, "SELECT count(*) FROM users")) == (
        code,
        booths,
        [(users,)],
    )
    if policy == "create":
        made_up = "SELECT username, avatar, hashed_password, active_listings FROM users u JOIN market_booths ON user_id = u.id"
        assert fetch(database, f"{made_up} WHERE u.id = 'demo_user_1'") == [("Neon", "🌆", "!", 1)]
        real = user(9, id="demo_user_1", username="NeonReal", email="neon@example.com")
        later = imported(on, database, saved(tmp_path, export(real), "later.json"))
        assert counts(later)["user"] == {"changed": 1}  # whom an import made up is older than anything
    require_integrity(on, database)


@pytest.mark.parametrize(
    ("policy", "code", "outcome"), [("skip", 0, "skipped"), ("update", 0, "changed"), ("fail", 3, "rejected")]
)
def test_names_are_unique_without_regard_to_case(
    policy: str, code: int, outcome: str, database: Target, on: On, tmp_path: Path
) -> None:
    on(database)("user", "create", "--username", "ÄNNA", "--email", "other@example.com", "--generate")
    [(there,)] = fetch(database, "SELECT id FROM users")
    twin = user(1, username="änna", email="anna@example.com", avatar="🐱")
    swapped = item(1, twin)
    file = saved(tmp_path, export(twin, booths=[booth(twin, [])], items=[swapped]))

    done = imported(on, database, file, "--on-conflict", policy)

    assert (done.code, counts(done)["user"]) == (code, {outcome: 1}), done.err
    if policy == "update":
        assert fetch(database, "SELECT id, username, email, avatar FROM users") == [
            (there, "änna", "anna@example.com", "🐱")
        ]
        assert fetch(database, "SELECT owner_id, creator_id, transaction_history->0->>'to' FROM nft_items") == [
            (there,) * 3
        ]
        assert done.json["mapped"] == [
            {"source_id": twin["id"], "user_id": there, "why": "another user has its username"}
        ]
        before = fetch(database, STATE)
        assert counts(imported(on, database, file, "--on-conflict", policy)) == {
            "user": {"unchanged": 1}, "booth": {"unchanged": 1}, "item": {"unchanged": 1},
        }  # fmt: skip
        assert fetch(database, STATE) == before
    else:
        assert fetch(database, "SELECT username FROM users") == [("ÄNNA",)]
        assert counts(done)["booth"] == counts(done)["item"] == {"skipped": 1}
    require_integrity(on, database)


def test_twins_within_a_file_and_names_of_two_users(database: Target, on: On, tmp_path: Path) -> None:
    twins = [user(4, username="Zoe"), user(5, username="zoe", avatar="🐱"), user(6, username="ZOE")]
    file = saved(tmp_path, export(*twins))
    assert counts(imported(on, database, file))["user"] == {"inserted": 1, "skipped": 2}
    assert fetch(database, "SELECT id FROM users") == [(twins[0]["id"],)]  # who was there first keeps the name
    execute(database, "DELETE FROM users")
    done = imported(on, database, file, "--on-conflict", "update")
    assert (counts(done)["user"], done.json["mapped_users"]) == ({"inserted": 1, "skipped": 2}, 2)
    assert fetch(database, "SELECT id FROM users") == [(twins[2]["id"],)]
    imported(on, database, saved(tmp_path, export(ANNA), "anna.json"))
    both = saved(tmp_path, export(user(7, username="anna", email=twins[2]["email"].upper())), "both.json")
    refused = imported(on, database, both, "--on-conflict", "update")
    assert (refused.code, refused.json["reasons"][0]["reason"]) == (3, "two users or more have its email and username")


def test_rejected_record_keeps_its_file_out_unless_told_to_keep_going(database: Target, on: On, tmp_path: Path) -> None:
    wrong = [
        user(11, email="nobody"), user(12, username="x"), user(3, createdAt="yesterday"), user(4, createdAt=1_700_000_000),
        user(5, createdAt=4e12), user(6, id=7), [], user(7, avatar=3),
    ]  # fmt: skip
    items = [
        item(1, BOB, price=-1), item(2, BOB, price="3"), item(3, BOB, rarity="rarest"), item(4, BOB, createdAt=None),
        item(5, BOB, metadata=[]), item(6, BOB, stats={"views": 1e12}), item(7, BOB, transactionHistory=[{"id": "x"}]),
        item(8, BOB, name="x" * 256), item(9, BOB, featured="yes"), item(10, user(11)),
    ]  # fmt: skip
    good = saved(tmp_path, export(ANNA), "1.json")
    bad = saved(tmp_path, export(*wrong, BOB, booths=[booth(user(11), [])], items=items), "2.json")
    last = saved(tmp_path, export(user(20)), "3.json")

    refused = imported(on, database, good, bad, last, "--rejects", str(tmp_path / "r.jsonl"))

    assert (refused.code, [file["state"] for file in refused.json["files"]]) == (
        3,
        ["imported", "refused", "not reached"],
    )
    assert f"17 records of {bad} rejected" in refused.err
    assert fetch(database, "SELECT username FROM users") == [("Anna",)]
    reasons = {
        line["path"]: line["reason"] for line in lines(str(tmp_path / "r.jsonl")) if line["outcome"] == "rejected"
    }
    users = [reasons[f"$.crypto_arbitrage_users[{n}]"] for n in range(8)]
    assert users == [
        "the email is not valid: an email address must have an @-sign", "the username has fewer than 3 characters",
        "createdAt is not a number", "createdAt does not count milliseconds", "createdAt lies in the future", "id is not text",
        "it is not an object", "avatar is not text",
    ]  # fmt: skip
    assert [reasons[f"$.alphanest_nft_items[{n}]"].split("; ")[0] for n in range(9)] == [
        "price is negative", "price is not a number", "rarity is none of common, rare, epic, legendary", "createdAt is missing",
        "metadata is not an object", "stats.views is more than 2,147,483,647", "transactionHistory[0].type is missing",
        "name has more than 255 characters", "featured is not true or false",
    ]  # fmt: skip

    going = imported(on, database, good, bad, last, "--keep-going")
    assert (going.code, [file["state"] for file in going.json["files"]]) == (1, ["imported"] * 3)
    assert counts(going) == {
        "user": {"inserted": 2, "unchanged": 1, "rejected": 8}, "booth": {"skipped": 1}, "item": {"rejected": 9, "skipped": 1},
    }  # fmt: skip
    require_integrity(on, database)


def test_broken_file_is_told_with_its_place_and_nothing_of_it_is_in(database: Target, on: On, tmp_path: Path) -> None:
    whole = written(export(ANNA, BOB))
    (tmp_path / "cut.json").write_bytes(whole[:-40])
    (tmp_path / "empty.json").write_bytes(b"")
    saved(tmp_path, export(user(30)), "whole.json")

    stopped = imported(on, database, str(tmp_path))
    assert (stopped.code, [file["state"] for file in stopped.json["files"]]) == (
        3,
        ["broken", "not reached", "not reached"],
    )
    assert f"cut.json cannot be read at $, line 1, column {len(whole[:-40].decode()) + 1}: it ends" in stopped.err \
        or "cut.json cannot be read at $.crypto_arbitrage_users[1], line 1, column" in stopped.err  # fmt: skip
    assert fetch(database, "SELECT count(*) FROM users") == [(0,)]

    going = on(database)("import", "local-storage", str(tmp_path), "--keep-going")
    assert (going.code, going.out.splitlines()[0]) == (1, "3 files: 2 broken, 1 imported")
    assert fetch(database, "SELECT count(*) FROM users") == [(1,)]


def test_passwords_are_told_in_a_file_for_its_owner_alone(database: Target, on: On, tmp_path: Path) -> None:
    told = tmp_path / "told.csv"
    files = [
        saved(tmp_path, export(ANNA), "a.json"),
        saved(tmp_path, export(BOB, user(1, id="twice", email="x")), "b.json"),
    ]
    done = imported(
        on, database, *files, saved(tmp_path, export(BOB), "c.json"), "--keep-going", "--passwords-csv", str(told)
    )
    rows = {row["username"]: row for row in csv.DictReader(told.open())}
    assert (done.json["passwords_csv"], stat.S_IMODE(told.stat().st_mode), list(rows)) == (
        str(told),
        0o600,
        ["Anna", "Bob"],
    )
    for name, hashed in fetch(database, "SELECT username, hashed_password FROM users"):
        assert verify_password(rows[str(name)]["password"], str(hashed))
    assert on(database)("key", "verify", stdin=rows["Anna"]["api_key"]).code == 0
    assert on(database)("import", "local-storage", files[0], "--passwords-csv", str(told)).code == 2


def test_users_who_are_there_get_what_they_lack(deployed_database: Target, on: On, tmp_path: Path) -> None:
    execute(deployed_database, f"""DELETE FROM users; INSERT INTO users (id, email, username, hashed_password, created_at)
        VALUES ('{ANNA["id"]}', 'anna@example.com', 'Anna', '!', '2025-01-01Z')""")  # fmt: skip
    done = imported(on, deployed_database, saved(tmp_path, export(items=[item(1, ANNA)])))
    assert (done.code, done.json["created"]) == (0, {"users": 0, "subscriptions": 1, "booths": 1}), done.err
    assert fetch(deployed_database, "SELECT active_listings FROM market_booths") == [(1,)]


def test_standard_input_and_wrong_usage(database: Target, on: On, tmp_path: Path) -> None:
    done = imported(on, database, "-", stdin=written(export(ANNA)).decode())
    assert (done.code, done.json["files"][0]["file"]) == (0, "standard input")
    assert done.err.splitlines()[0].startswith("database: ")
    for arguments, said in (
        (("missing.json",), "cannot read missing.json: No such file or directory"),
        ((str(tmp_path),), "there is no .json file in"),
        (("-", "-"), "standard input is named twice"),
    ):
        wrong = on(database)("import", "local-storage", *arguments)
        assert (wrong.code, said in wrong.err) == (2, True), wrong.err


def in_process(target: Target, folder: Path, unknown: UnknownUsers, conflict: OnConflict) -> ImportReport:
    """An import of a folder that keeps going."""
    options = ImportOptions(unknown, conflict, keep_going=True, dry_run=False)
    return import_local_storage(
        target, load_settings({"ALPHANEST_BCRYPT_COST": "4"}, folder), find_sources([str(folder)]), options,
        now=datetime.now(UTC), standard_input=io.BytesIO(),
    )  # fmt: skip


def one_by_one(target: Target, folder: Path, between: Mapping[int, Callable[[], None]]) -> list[str]:
    """The names of the users after an import of the folder's files, while others do something when the nth is begun."""
    sources, begun = find_sources([str(folder)]), 0
    starts = {sum(source.size_bytes for source in sources[:n]): n for n in range(len(sources))}

    def progress(_what: str, done: int, _all: int) -> None:
        nonlocal begun
        reached = max(n for start, n in starts.items() if start < done)
        while begun <= reached:
            between.get(begun, lambda: None)()
            begun += 1

    import_local_storage(
        target, load_settings({}, folder), sources, ImportOptions(UnknownUsers.create, OnConflict.skip, True, False),
        now=datetime.now(UTC), standard_input=io.BytesIO(), progress=progress,
    )  # fmt: skip
    return [str(name) for (name,) in fetch(target, "SELECT username FROM users ORDER BY id")]


def test_names_that_others_give_take_or_commit_late_between_two_files_are_seen(
    database: Target, tmp_path: Path
) -> None:
    insert = "INSERT INTO users (id, username, email, hashed_password) VALUES ('{0}', '{0}', '{0}@example.com', '!')"
    execute(database, insert.format("Freed"))
    names = ("One", "Two", "Three", "Carl", "Four", "Dora", "Five", "Freed", "freed")
    for number, given in enumerate(names):
        saved(tmp_path, export(user(number, username=given)), f"{number}.json")
    with session(database) as late:
        late.autocommit = False

        def commit_late() -> None:
            late.cursor().execute(insert.format("DORA"))

        found = one_by_one(database, tmp_path, {
            3: lambda: execute(database, insert.format("CARL")), 1: commit_late, 5: late.commit,
            7: lambda: execute(database, "UPDATE users SET username = 'Gone' WHERE username = 'Freed'"),
        })  # fmt: skip

    assert sorted(found) == sorted(["CARL", "DORA", "Five", "Four", "Freed", "Gone", "One", "Three", "Two"])


def test_thousands_of_users_are_not_read_again_for_each_file(database: Target, tmp_path: Path) -> None:
    execute(
        database,
        "INSERT INTO users (id, username, email, hashed_password) "
        "SELECT n, 'name' || n, n || '@example.com', '!' FROM generate_series(1, 20000) AS n",
        "INSERT INTO market_booths (id, user_id) SELECT n, n FROM generate_series(1, 20000) AS n",
        "ANALYZE",
    )
    for number in range(40):
        saved(tmp_path, generated(number, seed=9), f"{number}.json")
    with session(database) as connection:
        before = statistics_of(connection)
        in_process(database, tmp_path, UnknownUsers.create, OnConflict.skip)
        assert statistics_of(connection) - before < 20 * 20000


def statistics_of(connection: Connection) -> int:
    """How many rows of users and booths scans of the whole tables have read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN ('users', 'market_booths')")
        return int((cursor.fetchone() or (0,))[0])


def test_generated_exports_come_in_whole_and_mutated_ones_never_by_half(
    database: Target, on: On, tmp_path: Path
) -> None:
    rows = 0
    for number in range(20):
        lists = generated(number, seed=7)
        rows += sum(vars(counted(lists)).values())
        (tmp_path / f"{number}.json").write_bytes(written(lists, number))
    whole = in_process(database, tmp_path, UnknownUsers.create, OnConflict.skip)
    assert {file.state for file in whole.files} == {FileState.imported}
    assert (sum(kind.rows for kind in whole.kinds), sum(kind.rejected for kind in whole.kinds)) == (rows, 0)
    for number in range(60):
        (tmp_path / f"{number}.json").write_bytes(mutated(number, seed=8))
    for unknown, conflict in ((UnknownUsers.skip, OnConflict.update), (UnknownUsers.create, OnConflict.fail)):
        tables = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM market_booths), (SELECT count(*) FROM nft_items)"
        [before] = fetch(database, tables)
        report = in_process(database, tmp_path, unknown, conflict)
        [after] = fetch(database, tables)
        user_, _booth, item_ = report.kinds
        grown = (user_.inserted + report.created.users, report.created.booths, item_.inserted)
        assert tuple(int(str(b)) - int(str(a)) for a, b in zip(before, after, strict=True)) == grown
        assert all(k.rows == k.inserted + k.changed + k.unchanged + k.skipped + k.rejected for k in report.kinds)
        state = fetch(database, STATE)
        again = in_process(database, tmp_path, unknown, conflict)
        assert (fetch(database, STATE), sum(k.inserted + k.changed for k in again.kinds)) == (state, 0)
    require_integrity(on, database)
