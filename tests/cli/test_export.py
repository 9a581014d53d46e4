"""`alphanest export`: files that hold what the database holds, of one moment, whole or not there, without secrets."""

import csv
import datetime as dt
import io
import json
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.exporting.choices import ExportFormat
from alphanest_db.exporting.run import ExportOrder, ExportProgress, export
from tests.conftest import Cli, On
from tests.servers import execute, fetch

HARD = r"""
CREATE SCHEMA "odd schema";
CREATE TABLE "odd schema"."a/b" (
    id int, doc json, raw bytea, n numeric, at timestamptz, day date, local timestamp, f float8, t text
);
INSERT INTO "odd schema"."a/b" VALUES
    (1, E'{"a":\n\t[1,\r\n 2], "b": "\\n\\u0001"}', '\x00ff', 12345678901234567890.5, '2026-01-02 03:04:05.000006+02', '2026-01-02',
     '1969-12-31 23:59:59.5', 'NaN', E'x\n"y",\\z\t\u0001\u0002😀'),
    (2, NULL, NULL, NULL, 'infinity', '-infinity', NULL, 0.1, ''),
    (3, 'null', '', 0, '0044-03-15 12:00:00+00 BC', NULL, NULL, 'Infinity', NULL);
CREATE TABLE parts (n int) PARTITION BY RANGE (n);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES (1), (2);
CREATE TABLE parent (n int); CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (7);
"""
ODD = 'FROM "odd schema"."a/b"'
TEXT = 'x\n"y",\\z\t\x01\x02😀'


@pytest.fixture
def filled(database: Target, on: On) -> Target:
    """A database with demo data, and with a table of everything that is hard to write."""
    assert on(database)("seed").code == 0
    execute(database, HARD)
    return database


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_csv_holds_every_row_of_every_table_but_no_secret(filled: Target, on: On, tmp_path: Path) -> None:
    done = on(filled)("export", "rows", "--output", "json")

    assert done.code == 0, done.err
    names = ["alembic_version", "child", "market_booths", "nft_items", "odd%20schema.a%2Fb", "parent", "parts"]
    names += ["subscriptions", "trades", "users"]
    assert files(tmp_path / "rows") == [f"{name}.csv" for name in names]
    assert stat.S_IMODE((tmp_path / "rows").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "rows").iterdir()} == {0o600}
    counts = {item["source"]: item["rows"] for item in done.json["files"]}
    assert (counts["users"], counts["nft_items"], counts["parts"], counts["parent"], counts["child"]) == (
        3,
        15,
        2,
        0,
        1,
    )
    users = list(csv.DictReader(io.StringIO((tmp_path / "rows/users.csv").read_text())))
    assert not {"api_key", "hashed_password"} & set(users[0])
    assert [item["left_out"] for item in done.json["files"] if item["source"] == "users"] == [
        ["hashed_password", "api_key"]
    ]
    odd = list(
        csv.DictReader(io.StringIO((tmp_path / "rows/odd%20schema.a%2Fb.csv").read_bytes().decode(), newline=""))
    )
    assert [row["t"] for row in odd] == [TEXT, "", ""]
    assert odd[0]["at"] == "2026-01-02 01:04:05.000006+00"


def test_csv_can_be_loaded_again(filled: Target, on: On, tmp_path: Path) -> None:
    assert on(filled)("export", "rows", "-t", "users", "-t", "odd*", "--with-secrets").code == 0
    for table, file in (("users", "users"), ('"odd schema"."a/b"', "odd%20schema.a%2Fb")):
        before = fetch(filled, f"SELECT t::text FROM {table} AS t ORDER BY 1")
        execute(filled, f"CREATE TABLE again (LIKE {table})")
        (tmp_path / "rows").chmod(0o755)
        path = tmp_path / "rows" / f"{file}.csv"
        with session(filled) as connection, connection.cursor() as cursor, path.open() as lines:
            cursor.copy_expert("COPY again FROM STDIN (FORMAT csv, HEADER true)", lines)
        assert fetch(filled, "SELECT t::text FROM again AS t ORDER BY 1") == before
        execute(filled, "DROP TABLE again")


def test_json_has_an_object_a_line(filled: Target, on: On, tmp_path: Path) -> None:
    assert on(filled)("export", "rows", "--format", "json", "--table", "odd schema.*").code == 0
    first, second, third = rows_of(tmp_path / "rows/odd%20schema.a%2Fb.jsonl")
    assert first == {
        "id": 1, "doc": {"a": [1, 2], "b": "\n\x01"}, "raw": "\\x00ff", "n": 12345678901234567890.5,
        "at": "2026-01-02T01:04:05.000006+00:00", "day": "2026-01-02", "local": "1969-12-31T23:59:59.5", "f": "NaN", "t": TEXT,
    }  # fmt: skip
    assert (second["doc"], second["t"], second["f"], third["t"]) == (None, "", 0.1, None)


def test_parquet_has_the_types(filled: Target, on: On, tmp_path: Path) -> None:
    done = on(filled)("export", "rows", "--format", "parquet")
    assert done.code == 0, done.err
    table = pyarrow.parquet.read_table(tmp_path / "rows/odd%20schema.a%2Fb.parquet")
    assert [str(field.type) for field in table.schema] == [
        "int32", "string", "binary", "string", "timestamp[us, tz=UTC]", "date32[day]", "timestamp[us]", "double", "string",
    ]  # fmt: skip
    [(before_christ,)] = fetch(filled, f"SELECT (extract(epoch FROM at) * 1000000)::bigint {ODD} WHERE id = 3")
    assert table["at"].cast("int64").to_pylist()[2] == before_christ  # a time that Python has not
    first, second = table.slice(0, 2).to_pylist()
    [third] = table.drop_columns("at").slice(2).to_pylist()
    assert (first["raw"], first["n"], first["t"]) == (b"\x00\xff", "12345678901234567890.5", TEXT)
    assert first["at"] == dt.datetime(2026, 1, 2, 1, 4, 5, 6, tzinfo=dt.UTC)
    assert (first["day"], first["local"]) == (dt.date(2026, 1, 2), dt.datetime(1969, 12, 31, 23, 59, 59, 500000))
    assert (second["at"], second["day"], second["f"], third["raw"], third["t"]) == (None, None, 0.1, b"", None)
    users = pyarrow.parquet.read_table(tmp_path / "rows/users.parquet")
    assert (users.num_rows, "api_key" in users.column_names) == (3, False)


def test_text_in_parquet_is_what_csv_has(database: Target, on: On, tmp_path: Path) -> None:
    query = (
        "SELECT '10.0.0.1'::inet AS ip, 'ab'::char(4) AS padded, '1.50'::numeric AS n, '1 day'::interval AS i,"
        " '{1,NULL}'::int[] AS a"
    )
    for form in ("csv", "parquet"):
        assert on(database)("export", str(tmp_path / "rows"), "-q", query, "--format", form).code == 0
    [row] = csv.DictReader((tmp_path / "rows" / "query.csv").read_text().splitlines())
    assert pyarrow.parquet.read_table(tmp_path / "rows" / "query.parquet").to_pylist() == [row]


def test_wide_rows_are_not_in_memory_by_the_thousand(database: Target, tmp_path: Path) -> None:
    execute(
        database, "CREATE TABLE pictures AS SELECT n, repeat('x', 1500000) AS data FROM generate_series(1, 60) AS n"
    )
    tracemalloc.start()
    try:
        done = export(database, tmp_path / "out", ExportOrder(ExportFormat.parquet, ("pictures",)))
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert [file.rows for file in done.files] == [60]
    assert sorted(pyarrow.parquet.read_table(tmp_path / "out/pictures.parquet").column("n").to_pylist()) == list(
        range(1, 61)
    )


def test_parquet_without_its_library_says_what_to_install(filled: Target, on: On, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none/pyarrow.py").write_text("raise ImportError('not here')")
    program = on(filled)
    result = program(
        "export", "rows", "--format", "parquet", PYTHONPATH=f"{tmp_path / 'none'}:{program.environ['PYTHONPATH']}"
    )
    assert (result.code, "hint: pip install 'alphanest-db[parquet]'" in result.err) == (3, True), result.err
    assert not (tmp_path / "rows").exists()


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_query_is_exported_under_its_name(form: str, filled: Target, on: On, tmp_path: Path) -> None:
    query = "SELECT username, '{}%s' AS \"odd %{}\" FROM users ORDER BY username; -- all of them".replace("; --", " --")
    done = on(filled)("export", ".", "--format", form, "--query", query, "--name", "who", "--output", "json")
    assert done.code == 0, done.err
    [file] = done.json["files"]
    content = (tmp_path / file["file"]).read_bytes()
    assert (file["source"], file["rows"], b"CYWF" in content, b"{}%s" in content) == ("who", 3, True, True)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT 1; DELETE FROM users", "cannot open multi-query plan"),
        ("COMMIT; DELETE FROM users", "cannot open multi-query plan"),
        ("DELETE FROM users RETURNING id", "syntax error"),
        ("SELECT 1) TO PROGRAM 'touch /tmp/hacked' --", "syntax error"),
        ("WITH gone AS (DELETE FROM users RETURNING id) SELECT * FROM gone", ""),
        ("SELECT 1 / (n - 3) AS n FROM generate_series(1, 9) AS n", "division by zero"),
        ("SELECT 1 AS a, 2 AS a", "several columns 'a'"),
        ("SELECT api_key FROM users", "asks for api_key"),
        ("SELECT * FROM nowhere", "nowhere"),
    ],
)  # fmt: skip
def test_a_query_that_is_none_is_wrong_usage_and_changes_nothing(
    query: str, said: str, filled: Target, on: On, tmp_path: Path
) -> None:
    result = on(filled)("export", "rows", "--query", query)
    assert (result.code, result.out, said in result.err) == (2, "", True), result.err
    assert fetch(filled, "SELECT count(*) FROM users") == [(3,)]
    assert not (tmp_path / "rows").exists()


def test_tables_whose_names_have_full_stops_do_not_share_a_file(database: Target, on: On, tmp_path: Path) -> None:
    execute(
        database,
        'CREATE SCHEMA shop; CREATE SCHEMA "a.b"; CREATE SCHEMA a',
        'CREATE TABLE shop.users AS SELECT 1 AS n; CREATE TABLE public."shop.users" AS SELECT 2 AS n',
        'CREATE TABLE "a.b".c AS SELECT 3 AS n; CREATE TABLE a."b.c" AS SELECT 4 AS n',
    )
    done = on(database)("export", str(tmp_path / "rows"), "-t", "shop.*", "-t", "a.*", "--format", "json")
    assert done.code == 0, done.err
    assert {path.name: rows_of(path)[0]["n"] for path in (tmp_path / "rows").iterdir()} == {
        "shop.users.jsonl": 1, "shop%2Eusers.jsonl": 2, "a%2Eb.c.jsonl": 3, "a.b%2Ec.jsonl": 4,
    }  # fmt: skip


def test_names_that_no_file_can_have_are_cut_and_stay_apart(database: Target, on: On, tmp_path: Path) -> None:
    schema, tables = "схема" * 6, ("таблица" * 4, "таблица" * 4 + "ю")
    execute(
        database,
        f'CREATE SCHEMA "{schema}"',
        *(f'CREATE TABLE "{schema}"."{table}" AS SELECT 1 AS n' for table in tables),
    )
    done = on(database)("export", "rows", "--table", "с*", "-o", "json")
    assert done.code == 0, done.err
    assert [file["source"] for file in done.json["files"]] == [f"{schema}.{table}" for table in tables]
    assert sorted(file["file"] for file in done.json["files"]) == files(tmp_path / "rows")
    assert len(files(tmp_path / "rows")) == 2
    query = ("--query", "SELECT 1 AS n", "--name")
    assert on(database)("export", "long", *query, "x" * 300).code == 0
    assert "is empty" in on(database)("export", "none", *query, "").err


def test_what_is_there_stays_unless_forced(filled: Target, on: On, tmp_path: Path) -> None:
    program, folder = on(filled), tmp_path / "rows"
    folder.mkdir()
    (folder / "users.csv").write_text("mine")
    (folder / "other").write_text("mine too")
    refused = program("export", "rows", "-t", "users")
    assert (refused.code, (folder / "users.csv").read_text()) == (2, "mine")
    assert program("export", "rows", "-t", "users", "--force").code == 0
    assert files(folder) == ["other", "users.csv"]
    assert (folder / "users.csv").read_text().startswith("id,email,")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rows", "-t", "user"), "there is no table 'user'\nhint: Did you mean users"),
        (("rows", "-t", "alphanest_admin.*"), "Add --with-secrets if you mean it."),
        (("rows", "-t", "users", "--query", "SELECT 1"), "exclude each other"),
        (("nowhere/rows",), "there is no folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_wrong_usage(
    arguments: tuple[str, ...], said: str, filled: Target, on: On, tmp_path: Path
) -> None:
    assert on(filled)("db", "upgrade", ALPHANEST_ENV="test").code == 0
    result = on(filled)("export", *arguments)
    assert (result.code, said in result.err) == (2, True), result.err
    assert not (tmp_path / "rows").exists()


def test_a_file_that_cannot_be_written_leaves_nothing(filled: Target, on: On, tmp_path: Path) -> None:
    """As on a full disk; every file has its limit here, so that no disk has to be filled."""
    program = on(filled)
    execute(filled, "INSERT INTO parts SELECT n % 10 FROM generate_series(1, 100000) AS n")
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000));"
        "from alphanest_db.cli.boundary import main; main()"
    )
    for form in ("csv", "json", "parquet"):
        done = subprocess.run(
            [sys.executable, "-c", limited, "export", "rows", "--format", form, "-t", "parts"],
            env=program.environ, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if form != "parquet":  # which is small enough
            assert (done.returncode, "error: cannot write parts." in done.stderr) == (3, True), done.stderr
            assert "rows" not in files(tmp_path)
    assert not list(tmp_path.glob(".unfinished*"))


def test_killed_it_leaves_no_file_and_the_next_one_cleans_up(filled: Target, on: On, tmp_path: Path) -> None:
    program: Cli = on(filled)
    slow = "SELECT n, pg_sleep(0.001) FROM generate_series(1, 100000) AS n"
    process = program.start("export", "rows", "--query", slow)
    while not list(tmp_path.glob(".unfinished-export-*/query.csv")):
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert not (tmp_path / "rows").exists()
    assert program("export", "rows", "-t", "users").code == 0
    assert not list(tmp_path.glob(".unfinished*"))


def test_interrupted_between_two_statements_it_ends_and_leaves_nothing(database: Target, tmp_path: Path) -> None:
    def interrupt(_progress: ExportProgress) -> None:
        raise KeyboardInterrupt

    order = ExportOrder(ExportFormat.parquet, query="SELECT generate_series(1, 50000000) AS n, random() AS r")
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        export(database, tmp_path / "out", order, report=interrupt)
    assert time.monotonic() - begun < 20  # all rows would take minutes
    assert files(tmp_path) == []


def test_all_files_are_of_one_moment(filled: Target, on: On, tmp_path: Path) -> None:
    """Each transaction of the writer adds to two tables; whoever sees half of one sees different numbers."""
    execute(filled, "CREATE TABLE one (n int)", "CREATE TABLE two (n int)")
    stopped = threading.Event()

    def write() -> None:
        with session(filled) as connection, connection.cursor() as cursor:
            while not stopped.is_set():
                cursor.execute(
                    "INSERT INTO one SELECT generate_series(1, 10); INSERT INTO two SELECT generate_series(1, 10)"
                )

    def counts(folder: str) -> list[int]:
        both = ("--table", "one", "--table", "two", "--jobs", "2", "--output", "json")
        return [item["rows"] for item in on(filled)("export", folder, *both).json["files"]]

    thread = threading.Thread(target=write)
    thread.start()
    try:
        found = [counts(f"rows{number}") for number in range(3)]
    finally:
        stopped.set()
        thread.join()
    assert all(one == two > 0 for one, two in found), found
