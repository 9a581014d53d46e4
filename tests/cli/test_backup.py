"""`alphanest backup` as a user meets it."""

import csv
import io
import json
import shlex
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from alphanest_db.backup.evidence import Evidence, Level, Outcome, manifest_checksum, write_evidence
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from tests.backup_scenes import flip, put
from tests.cli.terminal import on_terminal
from tests.conftest import Cli, On
from tests.servers import execute, fetch

FIRST, SECOND, THIRD = (f"20261124-211203-alphanest-{token}" for token in ("aaaa", "bbbb", "cccc"))


@pytest.fixture
def home_store(cli: Cli) -> Store:
    """The folder that the program looks into."""
    return Store(Path(cli.environ["ALPHANEST_HOME"]) / "backups")


def test_backup_is_taken_listed_and_shown(deployed_database: Target, on: On, home_store: Store) -> None:
    alphanest = on(deployed_database)
    taken = alphanest("backup", "--note", "before\x1b[31m the move", "--output", "json")
    assert taken.code == 0, taken.err
    backup = home_store.get("latest")
    assert taken.json["manifest"]["id"] == backup.id
    assert "tester:***@" in taken.err

    listed = alphanest("backup", "list", "--output", "json").json["backups"]
    assert [(item["id"], item["state"], item["rows"], item["revisions"], item["verified_by"]) for item in listed] == [
        (backup.id, "complete", backup.manifest.rows, ["d9a4a7469274"], None)
    ]
    shown = alphanest("backup", "show", backup.id[:15])
    assert (shown.code, shown.out.splitlines()[-1]) == (0, f"restore it with: alphanest restore {backup.id}")
    assert "\x1b" not in shown.out
    assert backup.manifest.files[0].sha256 in shown.out
    assert alphanest("backup", "show", "latest", "--output", "json").json["manifest"]["note"] == backup.manifest.note


def test_other_folder_is_used_by_all_commands(database: Target, on: On, tmp_path: Path, home_store: Store) -> None:
    folder = tmp_path / "else where"
    alphanest = on(database)
    taken = alphanest("backup", "create", "--format", "directory", "--to", str(folder), "--globals", "--output", "csv")
    assert taken.code == 0, taken.err

    assert not home_store.folder.exists()
    [row] = csv.DictReader(io.StringIO(alphanest("backup", "list", "--from", str(folder), "--output", "csv").out))
    command = alphanest("backup", "show", row["backup"], "--from", str(folder), "-o", "json").json["restore_command"]
    assert shlex.split(command) == ["alphanest", "restore", str(folder / row["backup"])]


def test_empty_folder_holds_nothing(cli: Cli) -> None:
    assert cli("backup", "list").out.startswith("there are no backups in ")
    assert cli("backup", "list", "--output", "json").json["backups"] == []
    missing = cli("backup", "show", "latest")
    assert (missing.code, missing.err.splitlines()[0].partition(" in ")[0]) == (3, "error: there is no backup latest")


def test_what_was_proved_and_what_is_damaged_is_listed(cli: Cli, home_store: Store) -> None:
    now = datetime.now(UTC)
    proved, failed = (
        put(home_store, FIRST, at=now - timedelta(days=2)),
        put(home_store, SECOND, at=now - timedelta(days=1)),
    )
    damaged = put(home_store, THIRD)
    flip(damaged.folder / "manifest.json", 100)
    for backup, level, outcome in (
        (proved, Level.restore, Outcome.passed), (proved, Level.checksums, Outcome.passed),
        (failed, Level.checksums, Outcome.failed),
    ):  # fmt: skip
        evidence = Evidence(
            manifest_checksum(backup), level, outcome, now, "anna", 180004, 1.0, 7, 2, 0, (), ("dump.pgc.zst is short",)
        )
        write_evidence(backup, evidence)
        now += timedelta(seconds=1)

    listed = cli("backup", "list", "--output", "json")

    assert listed.code == 1
    assert [(item["id"], item["state"], item["verified_by"]) for item in listed.json["backups"]] == [
        (SECOND, "verification failed", "checksums"),
        (FIRST, "complete", "restore"),
        (THIRD, "damaged", None),
    ]
    table = cli("backup", "list").out
    assert "manifest.json: it is not" in table
    assert "2 d 0 h" in table
    shown = cli("backup", "show", THIRD)
    assert (shown.code, "the backup is damaged" in shown.err) == (3, True)
    assert "checksums failed: dump.pgc.zst is short" in cli("backup", "show", SECOND).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--jobs", "2"), "the custom format is one file"),
        (("--compress", "lzma"), "--compress cannot be 'lzma'"),
        (("--compress", "zstd:99"), "zstd has no level '99'"),
        (("--compress", "none:1"), "none has no level '1'"),
        (("--format", "plain.gz", "--compress", "zstd"), "plain.gz is not compressed with zstd"),
        (("--format", "tar"), "'tar' is not one of"),
        (("--exclude-table-data", "nothing"), "no table fits 'nothing'"),
    ],
)
def test_wrong_usage(database: Target, on: On, arguments: tuple[str, ...], said: str) -> None:
    result = on(database)("backup", *arguments)

    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_progress_is_shown_on_a_terminal(empty_database: Target, on: On) -> None:
    fill(empty_database, 60_000)
    screen = on_terminal(on(empty_database), "backup", "--format", "directory", "--compress", "gzip:9", "--jobs", "1")

    assert screen.code == 0
    assert " of about " in screen.text
    assert "tables counted" in screen.text
    assert screen.plain.splitlines()[-1].startswith("`alphanest backup --globals`")


def fill(target: Target, rows: int) -> None:
    """Rows that take a while to dump."""
    bytes_of = "(SELECT string_agg(sha256((n * 100 + i)::text::bytea), '') FROM generate_series(1, 8) AS i)"
    execute(target, f"CREATE TABLE big AS SELECT n, {bytes_of} AS t FROM generate_series(1, {rows}) AS n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("form", ["custom", "directory"])
def test_ended_in_the_middle_it_leaves_nothing(
    empty_database: Target, on: On, home_store: Store, number: signal.Signals, form: str
) -> None:
    fill(empty_database, 60_000)
    alphanest = on(empty_database)
    process = alphanest.start("backup", "--format", form, "--compress", "gzip:9")
    while not any(path.name.startswith("dump") for path in home_store.folder.glob(".partial-*/*")):
        time.sleep(0.01)
        assert process.poll() is None
    programs = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    process.communicate(timeout=30)

    _gone, alive = psutil.wait_procs(programs, timeout=10)
    assert (process.returncode, alive) == (-9 if number is signal.SIGKILL else 130, [])
    if number is not signal.SIGKILL:
        assert list(home_store.folder.glob(".partial-*")) == []
    assert alphanest("backup", "list", "--output", "json").json["backups"] == []
    again = alphanest("backup", "--schema-only")
    assert again.code == 0, again.err
    assert ("removed what was left" in again.err) == (number is signal.SIGKILL)
    assert sorted(path.name for path in home_store.folder.iterdir()) == [".lock", home_store.get("latest").id]
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'alphanest backup'"
    assert fetch(empty_database, query) == [(0,)]


def test_secret_is_nowhere(database: Target, on: On, home_store: Store) -> None:
    result = on(database)("backup", "--globals", "--output", "json")

    assert database.password is not None
    texts = [result.out, result.err, *(p.read_text("latin-1") for p in home_store.folder.rglob("*") if p.is_file())]
    assert [text for text in texts if database.password in text] == []
    assert json.loads(result.out)["manifest"]["globals_included"]


@pytest.mark.skipif(sys.platform != "linux", reason="the process list is read from /proc")
def test_password_is_in_no_argument(empty_database: Target, on: On, home_store: Store) -> None:
    fill(empty_database, 30_000)
    process = on(empty_database).start("backup", "--compress", "gzip:9")
    seen: set[str] = set()
    while process.poll() is None:
        for child in (psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)):
            try:
                seen |= set(child.cmdline())
            except psutil.Error:
                continue
    process.communicate()

    assert process.returncode == 0
    assert any("pg_dump" in word for word in seen)
    assert empty_database.password is not None
    assert [word for word in seen if empty_database.password in word] == []
    assert home_store.get("latest").manifest.rows == 30_000
