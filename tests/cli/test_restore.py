"""`alphanest restore`: what it says, asks and refuses."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.evidence import Level, last_verified
from alphanest_db.backup.store import Store
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client, major_version
from tests.cli.terminal import on_terminal
from tests.conftest import Cli, On, new_database
from tests.restore_scenes import take_backup
from tests.servers import execute, fetch

USER = "INSERT INTO users (id, email, username, hashed_password) VALUES ('{0}', 'e{0}', 'name{0}', '!')"


@pytest.fixture
def live(server: Target, template: str) -> Iterator[Target]:
    """A database at head with two users; what restores keep of it is dropped at the end."""
    with new_database(server, template) as target:
        execute(target, USER.format(1), USER.format(2))
        yield target
        for (kept,) in fetch(server, f"SELECT datname FROM pg_database WHERE datname LIKE '{target.database}\\_%'"):
            execute(server, f"DROP DATABASE {kept} WITH (FORCE)")


@pytest.fixture
def program(live: Target, on: On) -> Cli:
    """The program on the live database."""
    return on(live)


@pytest.fixture
def backup(live: Target, program: Cli) -> Backup:
    """A backup of it with two users; it has three by now."""
    made = take_backup(live, Store(Path(program.environ["ALPHANEST_HOME"]) / "backups"))
    execute(live, USER.format(3))
    return made


def users(target: Target) -> int:
    return len(fetch(target, "SELECT 1 FROM users"))


def test_it_asks_first_and_says_what_is_replaced(live: Target, program: Cli, backup: Backup) -> None:
    planned = program("restore", "latest", "--dry-run")
    refused = program("restore", "latest")
    screen = on_terminal(program, "restore", backup.id[:12], typed="y")

    assert (planned.code, refused.code, screen.code) == (0, 3, 0), planned.err + refused.err + screen.text
    assert f"{live.database} is replaced by a new database, and kept as {live.database}_before_2" in planned.out
    assert any(line.split() == ["users", "3"] for line in planned.out.splitlines())
    assert "was not confirmed\nhint: Answer yes on a terminal, or add --yes.\n" in refused.err
    assert f"restored {live.database} from {backup.id}: " in screen.plain
    assert users(live) == 2


def test_restored_undone_and_cleaned_up(live: Target, program: Cli, backup: Backup) -> None:
    restored = program("restore", backup.id, "--yes", "--output", "json")
    undone = program("restore", "undo", "--yes")
    after_undo = users(live)
    kept = program("restore", "--clean-up", "--dry-run", "--output", "json")
    cleaned = program("restore", "clean-up", "--yes")
    nothing = program("restore", "undo", "--yes")

    assert (restored.code, undone.code, kept.code, cleaned.code, nothing.code) == (0, 0, 0, 0, 3), (
        undone.err + cleaned.err
    )
    assert {key: restored.json[key] for key in ("way", "verified", "violations", "database", "source")} == {
        "way": "swap", "verified": True, "violations": [], "database": live.database, "source": backup.id,
    }  # fmt: skip
    assert after_undo == 3
    assert [item["database"] for item in kept.json["kept"]] == [undone.out.split()[-1]]
    assert last_verified(backup, Level.restore) is not None
    assert cleaned.out.startswith(f"dropped 1 database kept for {live.database}, ")
    assert "error: there is no restore of" in nothing.err


def test_production_needs_its_name(live: Target, program: Cli, backup: Backup) -> None:
    environ = {"ALPHANEST_ENV": "production"}
    assert program("restore", "latest", "--yes", **environ).code == 3
    assert users(live) == 3
    assert program("restore", "latest", "--confirm", live.database, **environ).code == 0
    assert program("restore", "undo", "--yes", **environ).code == 3
    assert program("restore", "--clean-up", "--yes", **environ).code == 3
    assert users(live) == 2


def test_revisions_are_told_upgraded_or_refused(live: Target, program: Cli, backup: Backup) -> None:
    assert program("db", "downgrade", "-2", "--yes").code == 0
    behind = take_backup(live, Store(backup.folder.parent))
    execute(live, "UPDATE alembic_version SET version_num = 'feedbeef0000'")
    ahead = take_backup(live, Store(backup.folder.parent))

    told = program("restore", behind.id, "--dry-run")
    upgraded = program("restore", behind.id, "--yes", "--upgrade", "--output", "json")
    refused = program("restore", ahead.id, "--yes")

    assert "code at e1906a3bd482: --upgrade migrates it before it goes live" in told.out
    assert (upgraded.code, upgraded.json["upgraded"]) == (0, ["c45b0f8e29d7", "e1906a3bd482"]), upgraded.err
    assert fetch(live, "SELECT version_num FROM alembic_version") == [("e1906a3bd482",)]
    assert refused.code == 3
    assert "stands at revision 'feedbeef0000', which is not among the migrations here" in refused.err


def test_violated_keys_end_with_1_and_their_rows(live: Target, program: Cli, backup: Backup) -> None:
    orphan = "INSERT INTO subscriptions (id, user_id, status, plan_type) VALUES ('s1', 'nobody', 'trial', 'monthly')"
    execute(live, f"SET session_replication_role = replica; {orphan}")
    dirty = take_backup(live, Store(backup.folder.parent))

    result = program("restore", dirty.id, "--yes")

    assert result.code == 1
    row = next(line for line in result.out.splitlines() if line.startswith("public.subscriptions"))
    assert row.split() == [
        "public.subscriptions",
        "subscriptions_user_id_fkey",
        "public.users",
        "1",
        "id=s1,",
        "user_id=nobody",
    ]
    assert fetch(live, "SELECT convalidated FROM pg_constraint WHERE conname = 'subscriptions_user_id_fkey'") == [
        (False,)
    ]


def test_a_flipped_byte_is_refused_before_anything_reads_it(live: Target, program: Cli, backup: Backup) -> None:
    content = bytearray(backup.dump.read_bytes())
    content[len(content) // 2] ^= 1
    backup.dump.write_bytes(content)

    result = program("restore", "latest", "--yes")

    assert (result.code, users(live)) == (3, 3)
    assert "error: the backup is damaged: " in result.err


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [("nothing", 3, "there is no backup nothing"), ("./nothing", 2, "nothing cannot be read")],
)
def test_what_is_not_there_is_named(wanted: str, code: int, said: str, program: Cli, backup: Backup) -> None:
    result = program("restore", wanted)
    assert (result.code, result.out) == (code, "")
    assert f"error: {said}" in result.err


@pytest.mark.parametrize("name", ["", "x" * 64, "\udcff"])
def test_a_copy_without_a_proper_name_is_refused_and_touches_nothing(
    name: str, live: Target, program: Cli, backup: Backup
) -> None:
    result = program("restore", "latest", "--into", name, "--yes")
    assert (result.code, users(live)) == (2, 3), result.err


def test_a_word_is_a_backup_first_and_a_file_where_there_is_none(live: Target, program: Cli, backup: Backup) -> None:
    (program.folder / "latest").write_text("no dump at all")
    (program.folder / "old.sql").write_text("no dump at all")

    assert program("restore", "latest", "--dry-run").out.startswith(f"source: {backup.id} (")
    assert "error: this is no dump of pg_dump" in program("restore", "old.sql", "--dry-run").err
    assert program("restore", "", "--dry-run").code == 3


def test_in_place_keeps_the_environment_and_leaves_migrating_to_those_who_can(
    live: Target, program: Cli, on: On, server: Target, backup: Backup
) -> None:
    execute(server, "DROP ROLE IF EXISTS tenant", "CREATE ROLE tenant LOGIN PASSWORD 'x'")
    execute(server, f"CREATE DATABASE {live.database}_own OWNER tenant")
    own = replace(live, database=f"{live.database}_own", user="tenant", password="x")
    tenant = on(own)
    restore = ("restore", backup.id, "--from", str(backup.folder.parent), "--yes")
    assert tenant("db", "upgrade", ALPHANEST_ENV="production").code == 0

    refused = tenant(*restore, "--upgrade", "--confirm", own.database)
    restored = tenant(*restore, "--confirm", own.database, "--output", "json")
    again = tenant(*restore)

    assert (refused.code, restored.code, again.code) == (3, 0, 3), restored.err
    assert "--upgrade is for a new database" in refused.err
    assert (restored.json["way"], users(own)) == ("in place", 2)
    assert "confirm" in again.err
    execute(server, f"DROP DATABASE {own.database} WITH (FORCE)", "DROP ROLE tenant")


def pg_dump(target: Target, *options: str) -> bytes:
    """What pg_dump writes to its standard output."""
    with session(target) as connection:
        program = find_client("pg_dump", major_version(connection.server_version)).path
    return subprocess.run(
        [program, *options], env=client_environment(target, os.environ), check=True, capture_output=True
    ).stdout


def piped(program: Cli, content: bytes) -> subprocess.CompletedProcess[bytes]:
    """The program restores what comes on standard input."""
    command = [sys.executable, "-m", "alphanest_db", "restore", "-", "--yes"]
    return subprocess.run(
        command, env=program.environ, cwd=program.folder, input=content, capture_output=True, check=False
    )


def test_dumps_of_others_are_restored(live: Target, program: Cli) -> None:
    plain, custom = pg_dump(live), pg_dump(live, "--format=custom")
    pg_dump(live, "--format=directory", f"--file={program.folder / 'folder'}")
    (program.folder / "dump.sql.gz").write_bytes(gzip.compress(plain))
    (program.folder / "dump.dump").write_bytes(custom)
    for wanted in ("dump.sql.gz", "./dump.dump", "folder"):
        execute(live, "DELETE FROM users")
        result = program("restore", wanted, "--yes", "--output", "json")
        assert (result.code, users(live), result.json["verified"]) == (0, 2, False), result.err
    for content in (plain, custom):
        execute(live, "DELETE FROM users")
        assert (piped(program, content).returncode, users(live)) == (0, 2)


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_dump_of_schema_public_is_restored_where_that_is_there(form: str, live: Target, program: Cli) -> None:
    (program.folder / "dump").write_bytes(pg_dump(live, f"--format={form}", "--schema=public"))
    execute(live, "DELETE FROM users")

    result = program("restore", "./dump", "--yes")

    assert (result.code, users(live)) == (0, 2), result.err


def test_what_a_dump_says_about_databases_is_left_out_and_told(live: Target, program: Cli) -> None:
    said = b"DROP DATABASE tt;\nALTER DATABASE postgres SET work_mem TO '1MB';\n"
    (program.folder / "dump.sql").write_bytes(
        pg_dump(live).replace(b"SET statement_timeout", said + b"SET statement_timeout")
    )

    result = program("restore", "dump.sql", "--yes", "--output", "json")

    told = "2 statements about databases as such left out, not about their contents: " + (
        "DROP DATABASE tt; ALTER DATABASE postgres SET work_mem TO"
    )
    assert (result.code, told in result.json["notes"]) == (0, True), result
    shown = program("restore", "dump.sql", "--yes")
    assert "DROP DATABASE tt" in shown.out + shown.err


def test_a_cut_off_dump_of_others_changes_nothing(live: Target, program: Cli) -> None:
    plain, custom = pg_dump(live), pg_dump(live, "--format=custom")
    for name, content in (
        ("cut.sql", plain[: len(plain) // 2]),
        ("cut.dump", custom[:-40]),
        ("tar", pg_dump(live, "-Ft")),
    ):
        (program.folder / name).write_bytes(content)
        result = program("restore", name, "--yes")
        assert (result.code, users(live)) == (3, 2), name
    refused = piped(program, plain[: len(plain) // 2])
    assert (refused.returncode, users(live)) == (3, 2)
    assert b"cut off" in refused.stderr


def test_a_dump_of_others_at_an_unknown_revision_is_refused(live: Target, program: Cli) -> None:
    execute(live, "UPDATE alembic_version SET version_num = 'feedbeef0000'")
    (program.folder / "dump.sql").write_bytes(pg_dump(live))
    result = program("restore", "dump.sql", "--yes")
    copied = program("restore", "dump.sql", "--into", f"{live.database}_copy")
    assert (result.code, copied.code) == (3, 0), copied.err
    assert "stands at revision 'feedbeef0000'" in result.err
