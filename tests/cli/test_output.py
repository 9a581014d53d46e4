"""The forms of the answers, and the places they are written to."""

import csv
import io
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.revisions import read_revisions
from tests.cli.terminal import on_terminal
from tests.conftest import Cli, On
from tests.servers import execute

HEAD = read_revisions(migrations_folder()).heads[0]
ANSWERS = [
    ("db", "upgrade"),
    ("db", "downgrade", "base", "--dry-run"),
    ("db", "current"),
    ("db", "history"),
    ("db", "heads"),
    ("db", "check"),
    ("db", "check", "--pending"),
    ("db", "check", "--no-drift"),
    ("db", "stamp", "head"),
    ("db", "drop", "--dry-run"),
    ("db", "wait"),
    ("seed",),
    ("init",),
]
HOSTILE = "x\x1b[31m\x9b1m\u202e[/]\u200b"


def unsafe(text: str) -> list[str]:
    return [char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize("arguments", ANSWERS, ids=" ".join)
def test_every_answer_has_all_three_forms(arguments: tuple[str, ...], database: Target, on: On) -> None:
    cli = on(database)
    table, as_json, as_csv = (cli(*arguments, "--output", form) for form in ("table", "json", "csv"))
    rows = list(csv.reader(io.StringIO(as_csv.out)))
    assert (table.code, as_json.code, as_csv.code) == (0, 0, 0), table.err + as_json.err + as_csv.err
    assert table.out.endswith("\n")
    assert as_json.json is not None
    assert {len(row) for row in rows} == {len(rows[0])}


def test_current_is_stable_json(database: Target, on: On) -> None:
    assert on(database)("db", "current", "--output", "json").json == {
        "current": [HEAD], "heads": [HEAD], "pending": [], "database": database.database
    }  # fmt: skip


def test_history_of_an_empty_database_is_stable_json(empty_database: Target, on: On) -> None:
    entries = on(empty_database)("db", "history", "--output", "json").json
    assert {"revision", "down_revision", "message", "state"} <= set(entries[0])
    assert (entries[-1]["revision"], entries[-1]["down_revision"]) == ("d9a4a7469274", None)
    assert {entry["state"] for entry in entries} == {"pending"}


def test_pending_migrations_are_the_findings_of_check(empty_database: Target, on: On) -> None:
    result = on(empty_database)("db", "check", "--output", "csv")
    rows = result.out.splitlines()
    assert (result.code, rows[0], rows[1]) == (1, "check,table,object,finding", "pending,,d9a4a7469274,is pending")


def test_reader_who_leaves_early_is_no_failure(database: Target, on: On) -> None:
    cli = on(database)
    command = [sys.executable, "-m", "alphanest_db", "db", "history"]
    with subprocess.Popen(
        command, env=cli.environ, cwd=cli.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("arguments", [("--help",), ("db", "heads"), ("db", "heads", "--output", "json")], ids=" ".join)
def test_full_disk_is_said_so(arguments: tuple[str, ...], cli: Cli) -> None:
    command = [sys.executable, "-m", "alphanest_db", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, env=cli.environ, cwd=cli.folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "error: cannot write: No space left on device")


def test_closed_streams_lead_nowhere(cli: Cli) -> None:
    command = f"exec {sys.executable} -m alphanest_db db heads >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", command], env=cli.environ, cwd=cli.folder, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_ascii_is_enough(form: str, database: Target, on: On) -> None:
    execute(database, 'CREATE TABLE "Größe 👤" (x int)', 'INSERT INTO "Größe 👤" VALUES (1)')
    result = on(database)(
        "db", "drop", "--dry-run", "--output", form, PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C"
    )
    assert (result.code, result.out.isascii()) == (0, True), result.err
    assert (
        "Gr\\u00f6\\u00dfe \\ud83d\\udc64" in result.out
        if form == "json"
        else "Gr\\xf6\\xdfe \\U0001f464" in result.out
    )


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_names_from_the_database_steer_no_terminal(form: str, database: Target, on: On) -> None:
    quoted = HOSTILE.replace("'", "''")
    execute(database, f'CREATE TABLE "{quoted}" (x int)', f'INSERT INTO "{quoted}" VALUES (1)')
    screen = on_terminal(on(database), "db", "drop", "--dry-run", "--output", form, NO_COLOR="1")
    assert screen.code == 0
    assert "[/]" in screen.text
    assert [char for char in unsafe(screen.plain) if char != "\x1b"] == []
    assert "\x1b[31m" not in screen.text


def test_csv_in_a_pipe_holds_the_names_as_they_are(database: Target, on: On) -> None:
    execute(database, f'CREATE TABLE "{HOSTILE}" (x int)', f'INSERT INTO "{HOSTILE}" VALUES (1)')
    result = on(database)("db", "drop", "--dry-run", "--output", "csv")
    assert f"{HOSTILE},1\n" in result.out


def test_colour_is_for_terminals_that_want_it(database: Target, on: On) -> None:
    cli = on(database)
    assert "\x1b[" in on_terminal(cli, "db", "history").text
    assert "\x1b[32m" not in on_terminal(cli, "db", "history", NO_COLOR="1").text
    assert "\x1b[" not in on_terminal(cli, "db", "history", TERM="dumb").text
    assert "\x1b[" not in cli("db", "history").out


@pytest.mark.parametrize("columns", [20, 40, 200])
def test_every_word_is_there_however_wide_the_terminal(columns: int, database: Target, on: On) -> None:
    screen = on_terminal(on(database), "db", "history", columns=columns, NO_COLOR="1")
    assert screen.code == 0
    if columns > 100:  # what is narrower gets records, and folds them itself
        assert max(len(line) for line in screen.plain.splitlines()) <= columns
    squeezed = "".join(screen.plain.split())
    assert all(char in squeezed for char in "✓●")


def test_migrations_of_another_folder_are_used(database: Target, on: On, tmp_path: Path) -> None:
    shutil.copytree(migrations_folder(), tmp_path / "m")
    (tmp_path / "m/versions/next.py").write_text(f'"""grow"""\nrevision = "5100"\ndown_revision = "{HEAD}"\n')
    result = on(database)("db", "current", ALPHANEST_MIGRATIONS=str(tmp_path / "m"))
    assert result.out == f"{database.database} is at {HEAD}\n1 migration pending: 5100\n"
