"""`alphanest seed synthetic`: a market of any size, the same for the same seed, all of it or nothing."""

import json
import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alphanest_db.accounts.key_form import hashed_form
from alphanest_db.accounts.passwords import verify_password
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.journal.reading import list_runs
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from alphanest_db.seeding.synthetic.parameters import Request
from alphanest_db.seeding.synthetic.producing import usual_jobs
from alphanest_db.workflows.synthetic import copy_text
from tests.cli.terminal import wait_for_statement
from tests.conftest import Cli, On, new_database
from tests.dumping import pg_dump
from tests.servers import Installation, execute, fetch, installations
from tests.synthetic_scenes import CONTENTS, COUNTS, INDEXES, ROWS, SIZES, TABLES, implausible, seed

NOTHING = [(0,) * len(TABLES)]


def schema_of(target: Target, installation: Installation | None = None) -> bytes:
    return pg_dump(installation or installations()[0], target, "--schema-only", "--exclude-schema=alphanest_admin")


def written(cli: Cli, folder: str, *arguments: str) -> dict[str, bytes]:
    result = cli("seed", "synthetic", *SIZES, "--to-files", folder, *arguments)
    assert result.code == 0, result.err
    return {path.name: path.read_bytes() for path in (cli.folder / folder).iterdir()}


def test_it_looks_like_a_market_and_no_check_finds_anything(database: Target, on: On) -> None:
    seed(on(database))
    execute(database, "ANALYZE")
    assert fetch(database, COUNTS) == [tuple(ROWS.values())]
    assert implausible(database) == {}
    report = on(database)("check", "--output", "json").json
    found = {check["name"]: check["count"] for check in report["checks"] if check["count"]}
    assert found.keys() <= {"superuser-role", "trust-in-pg-hba", "no-tls"}  # of the server, and not of the rows


def test_same_seed_makes_the_same_bytes_however_many_work(database: Target, cli: Cli, on: On) -> None:
    one, three, other = (
        written(cli, name, *arguments)
        for name, arguments in (("one", ("--jobs", "1")), ("three", ("--jobs", "3")), ("other", ("--seed", "2")))
    )
    assert one == three
    assert {name for name in one if name != "load.sql" and one[name] == other[name]} == set()
    subprocess.run(
        [installations()[0].programs / "psql", "-qX", "-f", "load.sql", database.url(show_password=True)],
        cwd=cli.folder / "one", check=True,
    )  # fmt: skip
    by_psql = fetch(database, CONTENTS)
    execute(database, "TRUNCATE users CASCADE")
    seed(on(database))
    assert fetch(database, CONTENTS) == by_psql


def test_columns_of_other_types_get_the_same_values(database: Target, on: On) -> None:
    seed(on(database))
    values = "SELECT id::text, buy_price::float8, profit_percentage, executed, timestamp AT TIME ZONE 'UTC' FROM trades ORDER BY id"
    usual = fetch(database, values)
    execute(
        database, "TRUNCATE users CASCADE", "ALTER TABLE trades ALTER buy_price TYPE numeric",
        "CREATE DOMAIN percentage AS float8", "ALTER TABLE trades ALTER profit_percentage TYPE percentage",
    )  # fmt: skip
    seed(on(database))
    assert fetch(database, values) == usual


PARTITIONED = """
DROP TABLE trades;
CREATE TABLE trades (
    id text, user_id text REFERENCES users, pair text, buy_exchange text, sell_exchange text, buy_price float8, sell_price float8,
    profit_amount float8, profit_percentage float8, executed boolean, timestamp timestamptz
) PARTITION BY RANGE (timestamp);
CREATE TABLE trades_before PARTITION OF trades FOR VALUES FROM (MINVALUE) TO ('2026-09-15');
CREATE TABLE trades_since PARTITION OF trades DEFAULT
"""
KEEP = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'nobody empties this table'; END $$;
CREATE TRIGGER keep BEFORE TRUNCATE ON trades FOR EACH STATEMENT EXECUTE FUNCTION keep()
"""


@pytest.mark.parametrize(
    "made",
    [PARTITIONED, KEEP, "CREATE PUBLICATION all_tables FOR ALL TABLES"],
    ids=["partitions", "trigger", "subscribers"],
)
def test_tables_that_are_not_to_be_truncated_are_filled_all_the_same(made: str, database: Target, on: On) -> None:
    execute(database, made)
    file = "SELECT pg_relation_filenode('users')"
    before = fetch(database, file)
    seed(on(database))
    assert fetch(database, COUNTS) == [tuple(ROWS.values())]
    assert fetch(database, file) == before


@pytest.mark.parametrize(
    "column", ["pair TYPE varchar(3)", "pair TYPE integer USING 1", "buy_price TYPE numeric(4, 2)"]
)
def test_a_column_that_takes_no_such_values_is_told_and_nothing_is_put_in(
    column: str, database: Target, on: On
) -> None:
    execute(database, f"ALTER TABLE trades ALTER {column}")
    assert "the database is not as the platform's are" in seed(on(database), code=3)
    assert fetch(database, COUNTS) == NOTHING


def test_ctrl_c_after_the_commit_is_too_late_and_the_answer_says_so(database: Target, on: On, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class WhenTablesAreLoaded:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'alphanest_db.cli.tables': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, WhenTablesAreLoaded())"
    )
    process = on(database).start("seed", "synthetic", *SIZES, PYTHONPATH=str(tmp_path))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "20,000" in out) == (0, True), err
    assert fetch(database, COUNTS) == [tuple(ROWS.values())]


def test_schema_is_as_it_was_on_every_server(any_server: Target, on: On) -> None:
    with new_database(any_server, "template0") as target:
        upgrade(target, migrations_folder())
        execute(
            target,
            "COMMENT ON INDEX ix_trades_user_id IS 'kept'",
            "CREATE VIEW owners AS SELECT u.id, u.username, count(i.id) FROM users AS u JOIN nft_items AS i ON i.owner_id = u.id"
            " GROUP BY u.id",
            "CREATE TABLE notes (user_id varchar(36) REFERENCES users)",
            "ALTER TABLE subscriptions CLUSTER ON subscriptions_pkey",
            "ALTER TABLE market_booths DISABLE TRIGGER ALL",
            'CREATE INDEX "odd ""name""" ON nft_items (lower(name) text_pattern_ops DESC) INCLUDE (price) WHERE price > 1',
            "ALTER TABLE subscriptions ALTER CONSTRAINT subscriptions_user_id_fkey DEFERRABLE INITIALLY DEFERRED",
        )  # fmt: skip
        version = int(str(fetch(target, "SHOW server_version_num")[0][0])) // 10_000
        [installation] = [each for each in installations() if each.version == version]
        before = schema_of(target, installation)
        seed(on(target))
        assert schema_of(target, installation) == before
        assert fetch(target, COUNTS) == [tuple(ROWS.values())]


def test_where_there_are_rows_indexes_stay_and_a_second_run_of_a_seed_is_refused(database: Target, on: On) -> None:
    seed(on(database))
    indexes, contents = fetch(database, INDEXES), fetch(database, CONTENTS)
    told = seed(on(database), "--jobs", "1", code=3)
    assert "is there already" in told
    assert "Take another --seed" in told
    assert fetch(database, CONTENTS) == contents
    seed(on(database), "--seed", "2")
    assert fetch(database, COUNTS) == [tuple(2 * rows for rows in ROWS.values())]
    assert fetch(database, INDEXES) == indexes
    assert on(database)("check", "integrity", "--fail-on", "info").code == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle_it_leaves_nothing_and_all_indexes(
    number: int, database: Target, server: Target, on: On
) -> None:
    schema, rng = schema_of(database), random.Random(number)
    process = on(database).start("seed", "synthetic", "--users", "2000", "--trades", "3000000")
    wait_for_statement(server, 'COPY "trades"')
    time.sleep(rng.random())
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == (-number if number == signal.SIGKILL else 130)
    assert eventually(
        lambda: fetch(server, f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database.database}'") == [(0,)]
    )
    assert fetch(database, COUNTS) == NOTHING
    assert schema_of(database) == schema
    assert children_of(process.pid) == []


def eventually(is_so: Callable[[], bool]) -> bool:
    """True as soon as it is so, False after ten seconds."""
    deadline = time.monotonic() + 10
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def children_of(pid: int) -> list[int]:
    """Processes of ours that make rows and whose parent this was, or that nobody is the parent of any more."""
    time.sleep(0.2)
    told = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    lines = [line.split(None, 2) for line in told.splitlines()[1:]]
    return [int(own) for own, parent, args in lines if "synthetic_worker" in args and int(parent) in (pid, 1)]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_precious_database_gets_none(environment: str, database: Target, on: On) -> None:
    configured = on(database)("seed", "synthetic", *SIZES, ALPHANEST_ENV=environment)
    files = on(database)("seed", "synthetic", *SIZES, "--to-files", "files", ALPHANEST_ENV=environment)
    on(database)("db", "upgrade", ALPHANEST_ENV=environment)
    recorded = on(database)("seed", "synthetic", *SIZES, ALPHANEST_ENV="development")
    assert [result.code for result in (configured, files, recorded)] == [3, 3, 3]
    assert f"seeding synthetic data is refused: this is a {environment} database" in recorded.err
    assert fetch(database, COUNTS) == NOTHING


def test_run_is_remembered_by_what_makes_its_rows_again(database: Target, cli: Cli, on: On) -> None:
    answer = on(database)("seed", "synthetic", *SIZES, "--seed", "5", "--output", "json").json
    with session(database) as connection:
        [run] = list_runs(connection, "seed")
    assert (run.id, answer["tables"], answer["seed"]) == (answer["run"], ROWS, 5)
    assert run.details["rows"] == ROWS
    request = Request.from_json(json.loads(json.dumps(run.details["request"])))
    files = written(cli, "files", "--seed", "5")
    again = {table: b"".join(copy_text(request, table, os.environ)) for table in TABLES}
    assert again == {table: files[f"{table}.copy"] for table in TABLES}


def test_undo_takes_out_what_is_as_it_was_and_nothing_else(database: Target, on: On, tmp_path: Path) -> None:
    seed(on(database), "--seed", "3")
    others = fetch(database, CONTENTS)
    run = on(database)("seed", "synthetic", *SIZES, "--output", "json").json["run"]
    newest, *_ = on(database)("seed", "list", "--runs", "--output", "json").json
    assert (newest["run"], newest["set"], newest["inserted"]) == (run, "synthetic", sum(ROWS.values()))
    execute(
        database,
        "UPDATE trades SET executed = NOT executed WHERE id = (SELECT min(t.id) FROM trades AS t JOIN users AS u ON u.id = user_id"
        " WHERE username LIKE '%!_1' ESCAPE '!')",
        "CREATE TABLE notes (id int PRIMARY KEY, author varchar(36) REFERENCES users)",
        "INSERT INTO notes SELECT 7, max(id) FROM users WHERE username LIKE '%!_1' ESCAPE '!'",
    )
    before = fetch(database, CONTENTS)
    refused = on(database)("seed", "undo", str(run), "--yes")
    assert (refused.code, fetch(database, CONTENTS)) == (3, before)
    assert "was changed since" in refused.err
    assert "notes id=7: author refers to what the run put into users" in refused.err
    execute(
        database,
        "DROP TABLE notes",
        "UPDATE trades SET executed = NOT executed WHERE ctid = (SELECT max(ctid) FROM trades)",
    )
    told = tmp_path / "started"
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nif 'synthetic_worker' in str(sys.orig_argv): open({str(told)!r}, 'a').write('.')"
    )
    undone = on(database)("seed", "undo", str(run), "--yes", "--output", "json", PYTHONPATH=str(tmp_path))
    assert undone.code == 0, undone.err
    assert told.read_text() == "." * usual_jobs(beside_server=True), "the rows were made more than once"
    assert {table["table"]: table["deleted"] for table in undone.json["tables"]} == ROWS
    assert fetch(database, CONTENTS) == others
    assert on(database)("seed", "undo", str(run), "--yes").code == 3


def test_everybody_has_the_known_password_and_a_key_that_follows_from_the_seed(database: Target, on: On) -> None:
    seed(on(database), "--seed", "9")
    keys = on(database)("seed", "keys", "--seed", "9", "--limit", "1002", "--output", "json").json
    stored = {str(name): key for name, key in fetch(database, "SELECT username, api_key FROM users")}
    assert {key["username"]: hashed_form(key["api_key"]) for key in keys[:300]} == stored
    assert (
        keys[299:302]
        == on(database)("seed", "keys", "--seed", "9", "--first", "300", "--limit", "3", "-o", "json").json
    )
    hashes = [str(row[0]) for row in fetch(database, "SELECT DISTINCT hashed_password FROM users")]
    assert [verify_password("demo123", stored) for stored in hashes] == [True] * 2
    verified = on(database)("key", "verify", stdin=keys[0]["api_key"])
    assert (verified.code, keys[0]["username"] in verified.out) == (0, True)


def test_keys_are_stored_plain_where_that_is_what_the_platform_wants(database: Target, on: On) -> None:
    result = on(database)("seed", "synthetic", *SIZES, ALPHANEST_API_KEY_STORAGE="plain")
    assert result.code == 0
    assert fetch(database, "SELECT count(*) FROM users WHERE api_key ~ '^ak_[A-Za-z0-9]{32}$'") == [(300,)]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--users", "0"), 2, "users: 0 is not between 1 and 100,000,000"),
        (("--trades", "-1"), 2, "trades: -1 is not between"),
        (("--days", "4000"), 2, "days: 4,000 is not between 1 and 3,650"),
        (("--until", "2015-02-01"), 2, "do not lie between"),
        (("--until", "0001-01-01"), 2, "do not lie between"),
        (("--until", "yesterday"), 2, "until"),
        (("--scale", "7"), 2, "scale"),
        (("--to-files", "."), 2, "is there already"),
        (("--to-files", "none/such"), 3, "cannot write none/such"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_made_is_told(arguments: tuple[str, ...], code: int, told: str, cli: Cli) -> None:
    (cli.folder / "something").touch()
    result = cli("seed", "synthetic", *arguments, DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert (result.code, told in result.err) == (code, True), result.err
    assert [path.name for path in cli.folder.iterdir()] == ["something"]


@pytest.mark.parametrize(
    "sizes",
    [
        ("1", "0", "0", "1"),
        ("1", "3", "7", "1"),
        ("2", "1", "0", "2"),
        ("3", "17000", "12", "30"),
        ("5000", "0", "1", "3650"),
    ],
    ids=" ".join,
)
def test_any_size_is_in_order(sizes: tuple[str, ...], database: Target, on: On) -> None:
    users, trades, items, days = sizes
    cli = on(database)
    arguments = ("--users", users, "--trades", trades, "--items-per-user", items, "--days", days)
    assert cli("seed", "synthetic", *arguments).code == 0
    count = int(users)
    assert fetch(database, COUNTS) == [(count, count, count, count * int(items), int(trades))]
    checked = cli("check", "integrity", "--fail-on", "info")
    assert checked.code == 0, checked.out


def test_pending_migrations_come_first(empty_database: Target, on: On) -> None:
    assert "hint: Run `alphanest db upgrade` first." in seed(on(empty_database), code=3)


def test_progress_is_told_with_speed_and_what_is_left(database: Target, on: On) -> None:
    process = on(database).start("seed", "synthetic", "--users", "3000", "--trades", "2000000")
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert re.search(r"[a-z_]+: [\d,]+ of 2,024,000 rows, [\d,]+ rows/s, .+ left", err), err


def test_role_that_owns_nothing_seeds_with_the_indexes_in_place(database: Target, on: On) -> None:
    role = f"writer_{random.Random().getrandbits(40):x}"
    execute(
        database,
        f"CREATE ROLE {role} LOGIN PASSWORD 'writes'",
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}",
    )
    try:
        target = Target(database.host, database.port, role, database.database, "writes")
        indexes = fetch(database, INDEXES)
        seed(on(target))
        assert fetch(database, COUNTS) == [tuple(ROWS.values())]
        assert fetch(database, INDEXES) == indexes
    finally:
        execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_files_and_load_script_are_whole_or_not_there(cli: Cli, tmp_path: Path) -> None:
    process = cli.start("seed", "synthetic", "--trades", "5000000", "--to-files", "big")
    assert eventually(lambda: any(cli.folder.glob(".big-*/trades.copy")))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert list(cli.folder.glob("*big*")) == []
