"""`alphanest seed list`, `plan`, `apply` and `undo`: sets of seeds, ours and a user's own."""

import json
import re
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from tests.conftest import ROOT, Cli, On, Result
from tests.servers import execute, fetch
from tests.synthetic_scenes import ROWS, SIZES

STARTER = {
    "seed": {"name": "starter", "keys": {"users": "email", "market_booths": ["user_id"]}},
    "rows": {
        "users": [
            {"email": "anna@example.com", "username": "anna", "hashed_password": "!", "avatar": "🦊"},
            {"email": "ben@example.com", "username": "ben", "hashed_password": "!"},
        ],
        "market_booths": [
            {
                "user_id": {"email": "anna@example.com"},
                "theme": "gold",
                "total_volume": 0.1,
                "bio": 'it\'s\n"anna" %s {}',
            }
        ],
    },
}
TRADES = """# name: trades
# What the brokers do; this line is a remark.
# environments: development
# depends: starter
# tables: trades(id)
id,user_id.email,pair,buy_exchange,sell_exchange,buy_price,sell_price,profit_amount,profit_percentage,executed
t1,anna@example.com,BTC/USDT,Kraken,OKX,100,101.5,1.5,1.5,true
t2,ben@example.com,"ETH/USDT",Kraken,OKX,10,9,-1,-10,
"""
ITEMS = """-- name: items
-- depends: starter
-- tables: nft_items
INSERT INTO nft_items (id, name, price, creator_id, creator, owner_id, booth_id, nft_attributes, created_at)
SELECT 'nft_' || n, 'item ' || n || '%', n / 3.0, u.id, u.username, u.id, b.id,
       json_build_object('n', n, 'big', 12345678901234567), 1
FROM users AS u JOIN market_booths AS b ON b.user_id = u.id, generate_series(1, 3) AS n;
UPDATE nft_items SET description = 'dear' WHERE price > 0.5;
"""
COUNTS = """SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM market_booths), (SELECT count(*) FROM trades),
                   (SELECT count(*) FROM nft_items)"""
ALL = {"starter.json": json.dumps(STARTER), "trades.csv": TRADES, "items.sql": ITEMS}


def write(folder: Path, **files: str) -> None:
    (folder / "seeds").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "seeds" / name.replace("__", ".")).write_text(text, encoding="utf-8")


@pytest.fixture
def program(database: Target, on: On, tmp_path: Path) -> Cli:
    """The program in a folder that has three sets."""
    write(tmp_path, **ALL)
    return on(database)


def changes(result: Result) -> list[tuple[str, str, int, int, int]]:
    """What was, or would be, done by set and table: inserted, updated, unchanged."""
    assert result.code == 0, result.err
    return [
        (item["name"], table["table"], table["insert"], table["update"], table["unchanged"])
        for item in result.json["sets"]
        for table in item["tables"]
    ]


def runs(result: Result) -> dict[str, int]:
    return {item["name"]: item["run"] for item in result.json["sets"]}


def rows(database: Target) -> list[tuple[object, ...]]:
    """All rows of the platform, as text."""
    return [
        row
        for table in ("users", "market_booths", "trades", "nft_items", "subscriptions")
        for row in fetch(database, f"SELECT '{table}', t::text FROM {table} AS t ORDER BY 2")
    ]


def test_plan_says_what_apply_does_and_changes_nothing(database: Target, program: Cli) -> None:
    planned = program("seed", "plan", "--output", "json")
    before = fetch(database, COUNTS)
    applied = program("seed", "apply", "--output", "json")

    assert changes(planned) == changes(applied) == [
        ("starter", "users", 2, 0, 0), ("starter", "market_booths", 1, 0, 0), ("items", "nft_items", 3, 0, 0),
        ("trades", "trades", 2, 0, 0),
    ]  # fmt: skip
    assert (before, fetch(database, COUNTS)) == ([(0, 0, 0, 0)], [(2, 1, 2, 3)])
    assert fetch(database, "SELECT bio, theme, layout, total_volume FROM market_booths") == [
        ('it\'s\n"anna" %s {}', "gold", "grid", 0.1)
    ]
    assert fetch(database, "SELECT username, executed, profit_amount FROM trades JOIN users ON users.id = user_id ORDER BY 1") == [
        ("anna", True, 1.5), ("ben", None, -1.0),
    ]  # fmt: skip
    assert fetch(database, "SELECT description, nft_attributes::text FROM nft_items WHERE id <> 'nft_2' ORDER BY id") == [
        (None, '{"n": 1, "big": 12345678901234567}'), ("dear", '{"n": 3, "big": 12345678901234567}'),
    ]  # fmt: skip


def test_applied_again_there_is_nothing_to_do_and_no_run(program: Cli) -> None:
    first = program("seed", "apply", "--output", "json")
    again = program("seed", "apply")
    planned = program("seed", "plan", "trades")
    assert [again.code, planned.code] == [0, 0], again.err
    assert "nothing to do" in again.out
    assert "nothing to do" in planned.out
    assert len(program("seed", "list", "--runs", "--output", "json").json) == len(runs(first)) == 3


def test_rows_are_found_again_by_their_key_and_made_the_sets(database: Target, program: Cli, tmp_path: Path) -> None:
    program("seed", "apply")
    ids = fetch(database, "SELECT id FROM users ORDER BY email")
    execute(database, "UPDATE users SET avatar = '🐻' WHERE username = 'anna'", "DELETE FROM trades WHERE id = 't1'")
    text = json.dumps(STARTER).replace('"username": "ben"', '"username": "benny"')
    write(tmp_path, starter__json=text)

    states = {item["name"]: item["state"] for item in program("seed", "list", "--output", "json").json}
    applied = program("seed", "apply", "--output", "json")

    assert states == {
        "demo": "not applied",
        "synthetic": "not applied",
        "starter": "changed since",
        "items": "applied",
        "trades": "applied",
    }
    assert changes(applied) == [
        ("starter", "users", 0, 2, 0), ("starter", "market_booths", 0, 0, 1), ("items", "nft_items", 0, 0, 3),
        ("trades", "trades", 1, 0, 1),
    ]  # fmt: skip
    assert fetch(database, "SELECT id FROM users ORDER BY email") == ids
    assert fetch(database, "SELECT username, avatar FROM users ORDER BY email") == [("anna", "🦊"), ("benny", "👤")]


def test_undo_takes_out_what_a_run_put_in_and_gives_back_what_it_changed(
    database: Target, program: Cli, tmp_path: Path
) -> None:
    execute(
        database,
        "INSERT INTO users (id, email, username, hashed_password) VALUES ('old', 'anna@example.com', 'before', '!')",
    )
    before = rows(database)
    first = runs(program("seed", "apply", "starter", "--output", "json"))["starter"]
    middle = rows(database)
    second = runs(program("seed", "apply", "trades", "--output", "json"))["trades"]

    blocked = program("seed", "undo", str(first), "--yes")
    dry = program("seed", "undo", str(second), "--dry-run", "--output", "json")
    unconfirmed = program("seed", "undo", str(second))
    undone = program("seed", "undo", str(second), "--yes", "--output", "json")

    assert (blocked.code, unconfirmed.code) == (3, 3)
    assert f"run {first} cannot be undone" in blocked.err
    assert "trades" in blocked.err
    assert "was not confirmed" in unconfirmed.err
    assert dry.json["tables"] == undone.json["tables"] == [{"table": "trades", "deleted": 2, "restored": 0}]
    assert rows(database) == middle
    assert program("seed", "undo", str(first), "--yes").code == 0
    assert rows(database) == before
    assert program("seed", "undo", str(first), "--yes").code == 3
    assert {item["state"] for item in program("seed", "list", "--output", "json").json} == {"not applied"}


def test_what_was_changed_since_stands_in_the_way_of_undoing(database: Target, program: Cli) -> None:
    run = runs(program("seed", "apply", "starter", "--output", "json"))["starter"]
    execute(database, "UPDATE market_booths SET popularity = 7")
    before = rows(database)
    result = program("seed", "undo", str(run), "--yes")
    assert (result.code, rows(database)) == (3, before)
    assert "was changed since" in result.err
    assert program("seed", "undo", "4711").code == 2


def test_sets_go_only_where_their_header_says(database: Target, program: Cli, tmp_path: Path) -> None:
    write(
        tmp_path,
        live__csv="# environments: production\n# tables: users(email)\nemail,username,hashed_password,id\na@b,ab,!,1\n",
    )
    wrong = program("seed", "apply", "live")
    test = program("seed", "plan", ALPHANEST_ENV="test")
    assert (wrong.code, test.code) == (3, 0)
    assert "error: the set live is for production, and this is a development database" in wrong.err
    assert "left out, not for a test database: live, trades" in test.out
    assert program("db", "upgrade", ALPHANEST_ENV="production").code == 0

    unnamed = program("seed", "apply", "--yes")
    dependency = program("seed", "apply", "starter", "--confirm", database.database)
    named = program("seed", "apply", "--confirm", database.database)
    assert (unnamed.code, dependency.code, named.code) == (3, 3, 0), named.err
    assert "needs the name of this production database" in unnamed.err
    assert fetch(database, "SELECT username FROM users") == [("ab",)]
    assert program("seed", "undo", "1", "--yes").code == 3
    assert program("seed", "undo", "1", "--confirm", database.database).code == 0


def test_demo_is_a_set_like_others(database: Target, program: Cli) -> None:
    planned = program("seed", "plan", "demo", "--output", "json")
    applied = program("seed", "apply", "demo")
    again = program("seed", "plan", "demo")
    state = next(item for item in program("seed", "list", "--output", "json").json if item["name"] == "demo")
    execute(database, "UPDATE users SET avatar = 'x' WHERE username = 'CYWF'")
    forced = program("seed", "--force", "--output", "json")

    assert [item[2] for item in changes(planned)] == [3, 3, 3, 15, 12]
    assert applied.out.count("ak_") == 4, applied.out
    assert "nothing to do" in again.out
    assert (state["state"], state["run"]) == ("applied", 1)
    assert [table["restored"] for table in forced.json["tables"]] == [1, 0, 0, 0, 0]
    assert program("seed", "undo", str(forced.json["run"]), "--yes").code == 0
    assert fetch(database, "SELECT avatar FROM users WHERE username = 'CYWF'") == [("x",)]
    refused = program("seed", "undo", "1", "--yes")
    assert (refused.code, "users" in refused.err) == (3, True)
    execute(database, "UPDATE users SET avatar = '🥷' WHERE username = 'CYWF'")
    assert program("seed", "undo", "1", "--yes").code == 0
    assert rows(database) == []


def test_the_examples_of_the_docs_can_be_applied_together(database: Target, on: On, tmp_path: Path) -> None:
    text = (ROOT / "docs/seeds.md").read_text(encoding="utf-8")
    shown = {kind: re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("json", "csv", "sql")}
    write(tmp_path, **{f"example_{kind}.{kind}": example for kind, [example] in shown.items()})
    applied = on(database)("seed", "apply")
    assert applied.code == 0, applied.err
    assert fetch(database, COUNTS) == [(4, 4, 13, 18)]  # with those of demo


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "a.json is not JSON: line 1, column 2"),
        ("a.json", '{"rows": {"users": [1]}}', "rows.users[0] is not an object"),
        ("a.json", '{"rows": {"users": [{"id": NaN}]}}', "NaN is no number of JSON's"),
        ("a.json", '{"rows": {"users": [{"id": ' + "9" * 5000 + "}]}}", "a.json cannot be read: a number with too many digits"),
        ("a.json", '{"rows": {"users": [], "users": []}}', "a.json: an object has 'users' twice"),
        ("a.json", '{"rows": {"us\\u0000ers": []}}', "a text holds a NUL character"),
        ("a.json", '{"rows": {"\\ud83d": [{"id": 1}]}}', "half a character"),
        ("a.json", "[" * 100_000, "a.json cannot be read: too deep"),
        ("a.sql", "-- tables: users\nSELECT '\0'", "a.sql holds a NUL character"),
        ("a.csv", "id,user_id,user_id.email\n1,2,3\n", "the line of columns is missing, or names one twice"),
        ("a.json", '{"seed": {"enviroments": []}, "rows": {}}', "Did you mean environments?"),
        ("a.json", '{"seed": {"environments": ["moon"]}, "rows": {}}', "there is no environment 'moon'"),
        ("a.json", '{"seed": {"name": "demo"}, "rows": {}}', "a set cannot be called 'demo'"),
        ("a.csv", "# depend: b\nid\n1\n", "Did you mean depends?"),
        ("a.csv", "id,name\n1\n", "a.csv, line 2: 1 cells for 2 columns"),
        ("a.csv", "id,id\n", "the line of columns is missing, or names one twice"),
        ("a.sql", "INSERT INTO users VALUES (1)", "the header names no table"),
        ("starter.csv", "id\n1\n", "two files are the set starter"),
        ("a.csv", "# depends: nothing\n# tables: users\nid\n1\n", "the set a depends on nothing, which is no set"),
        ("a.csv", "# depends: a\n# tables: users\nid\n1\n", "in a circle: a → a"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_set_is_named(name: str, text: str, said: str, program: Cli, tmp_path: Path) -> None:
    (tmp_path / "seeds" / name).write_text(text)
    result = program("seed", "plan")
    assert (result.code, said in result.err) == (2, True), result.err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "# tables: users\nid,nam\n1,x\n", "users has no column nam"),
        ("a.csv", "# tables: nowhere\nid\n1\n", "there is no table nowhere"),
        ("a.csv", "# tables: alphanest_admin.facts\nname,value\nenvironment,test\n", "one of the tool's own tables"),
        ("a.csv", "# tables: users\nid,email\n1,a\n1,b\n", "two rows of users have the same id"),
        ("a.csv", "# tables: users(username)\nid,email\n1,a\n", "a row of users has no username"),
        ("a.csv", "# tables: users\nid,email\n1,a\n", 'null value in column "username"'),
        ("a.csv", "# tables: users\nid,avatar\n1,xxxxxxxxxxxxxxx\n", "value too long for type character varying(10)"),
        ("a.csv", "# tables: subscriptions\nid,user_id,status\n1,x,actve\n", "violates"),
        ("a.csv", "# tables: subscriptions\nid,user_id.email\n1,nobody@x\n", "with email 'nobody@x', and there is none"),
        ("a.csv", "# tables: subscriptions\nid,user_id.emial\n1,x\n", "users has no column emial"),
        ("a.csv", "# tables: users(avatar)\navatar,is_active\n🦊,true\n", "several rows of users have the same avatar"),
        ("a.sql", "-- tables: trades\nDELETE FROM users", "cannot execute DELETE in a read-only transaction"),
        ("a.sql", "-- tables: users\nINSERT INTO public.users (id) VALUES (1)", "cannot execute INSERT in a read-only transaction"),
        ("a.sql", "-- tables: users\nSET transaction_read_only = off; DELETE FROM public.users", "read-"),
        ("a.sql", "-- tables: users\nCOMMIT", "EXECUTE of transaction commands is not implemented"),
        ("a.sql", "-- tables: users\nSELEC", "syntax error"),
    ],
)  # fmt: skip
def test_rows_that_the_database_does_not_take_change_nothing(
    name: str, text: str, said: str, database: Target, program: Cli, tmp_path: Path
) -> None:
    execute(
        database,
        "INSERT INTO users (id, email, username, hashed_password, avatar) VALUES (8, 8, 8, '!', '🦊'), (9, 9, 9, '!', '🦊')",
    )
    before = rows(database)
    (tmp_path / "seeds" / name).write_text(text)
    result = program("seed", "apply", "a")
    assert (result.code, said in result.err, rows(database)) == (3, True, before), result.err
    assert "error: the set a cannot be put in: " in result.err


def test_one_set_that_fails_keeps_all_out(database: Target, program: Cli, tmp_path: Path) -> None:
    write(tmp_path, zz__csv="# tables: users\nid,email\n1,a\n")
    result = program("seed", "apply")
    assert (result.code, fetch(database, COUNTS)) == (3, [(0, 0, 0, 0)])


def test_a_role_without_the_right_to_remember_can_seed_all_the_same(
    database: Target, server: Target, program: Cli, on: On
) -> None:
    role = f"seeder_{database.database}"
    execute(server, f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    execute(database, f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        mine = on(Target(database.host, database.port, role, database.database, "x"))
        demo, applied = mine("seed", "--output", "json"), mine("seed", "apply", "starter")
        assert (demo.code, applied.code) == (0, 0), demo.err + applied.err
        assert (demo.json["run"], "not remembered" in applied.out) == (None, True)
        assert fetch(database, COUNTS) == [(5, 4, 12, 15)]
    finally:
        execute(database, f"DROP OWNED BY {role}")
        execute(server, f"DROP ROLE {role}")


def test_without_sets_it_says_so(database: Target, on: On, tmp_path: Path) -> None:
    result = on(database)("seed", "apply")
    listed = on(database)("seed", "list")
    assert (result.code, listed.code) == (2, 0)
    assert "there are no sets in seeds" in result.err
    assert on(database)("seed", "plan", "demoo").code == 2
    assert on(database)("seed", "list", "--from", "nowhere").code == 2


def test_synthetic_is_a_set_that_others_depend_on_and_is_taken_out_again(
    database: Target, program: Cli, tmp_path: Path
) -> None:
    write(tmp_path, late__csv="# depends: synthetic\n# tables: users\nid,email,username,hashed_password\nme,m@e,me,!\n")
    early = program("seed", "apply", "late")
    execute(database, "INSERT INTO users (id, email, username, hashed_password) VALUES ('old', 'o@ld', 'old', '!')")
    before = rows(database)
    made = program("seed", "synthetic", *SIZES, "--output", "json")
    planned, applied = (program("seed", how, "synthetic", "--output", "json") for how in ("plan", "apply"))
    late = program("seed", "apply", "late", "--output", "json")
    states = {item["name"]: item["state"] for item in program("seed", "list", "--output", "json").json}

    assert (early.code, "Run `alphanest seed synthetic` first" in early.err) == (3, True)
    assert changes(planned) == [("synthetic", table, 0, 0, count) for table, count in ROWS.items()]
    assert (applied.code, late.code, states["synthetic"], states["late"]) == (0, 0, "applied", "applied"), late.err

    run = str(made.json["run"])
    stranger = "SELECT 'mine', id, 'a', 'b', 'c', 1, 1, 0, 0 FROM users WHERE username <> 'old' AND id <> 'me' LIMIT 1"
    columns = "id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage"
    execute(database, f"INSERT INTO trades ({columns}) {stranger}")
    execute(database, "UPDATE users SET avatar = 'x' WHERE id = (SELECT user_id FROM trades WHERE id = 'mine')")
    blocked = program("seed", "undo", run, "--yes")
    assert blocked.code == 3
    assert "trades id=mine: user_id refers to what the run put into users" in blocked.err
    assert "was changed since" in blocked.err
    execute(database, "DELETE FROM users WHERE id = (SELECT user_id FROM trades WHERE id = 'mine')")

    dry = program("seed", "undo", run, "--dry-run", "--output", "json")
    undone = program("seed", "undo", run, "--yes")
    assert (dry.code, undone.code) == (0, 0), undone.err
    assert {item["table"]: item["deleted"] for item in dry.json["tables"]}["users"] == ROWS["users"] - 1
    assert [row for row in rows(database) if "(me," not in str(row[1])] == before
    assert program("seed", "undo", run, "--yes").code == 3
    again = program("seed", "plan", "synthetic", "--output", "json")
    assert changes(again)[0] == ("synthetic", "users", 1000, 0, 0)
