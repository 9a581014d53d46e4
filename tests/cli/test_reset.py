"""`alphanest reset`: what it shows and refuses, and that the old database serves until the new one does."""

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from alphanest_db.backup.store import Store
from alphanest_db.database.connect import connect, session
from alphanest_db.database.scratch import PREFIX
from alphanest_db.database.target import Target
from benchmarks.reset_kills import ResetScene, ResetTally, kill_resets
from tests.cli.terminal import on_terminal
from tests.conftest import Cli, On, new_database
from tests.servers import execute, fetch

USER = "INSERT INTO users (id, email, username, hashed_password, created_at) VALUES ('{0}', 'e{0}', 'name{0}', '!', '2026-01-0{0}')"
COUNTS = (
    "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM nft_items), (SELECT version_num FROM alembic_version)"
)
RIGHTS = """
SELECT has_table_privilege('pg_monitor', 'trades', 'UPDATE WITH GRANT OPTION'),
       has_schema_privilege('pg_monitor', 'public', 'USAGE'), has_table_privilege('pg_monitor', 'users', 'SELECT'),
       has_schema_privilege('pg_read_all_stats', 'public', 'USAGE')
"""
HEAD = "e1906a3bd482"
OLD = [(2, 0, HEAD)]
DEMO = [(3, 15, HEAD)]
EMPTY = [(0, 0, HEAD)]


@pytest.fixture
def live(server: Target, template: str) -> Iterator[Target]:
    """A database at head with two users; what resets keep of it is dropped at the end."""
    with new_database(server, template) as target:
        execute(target, USER.format(1), USER.format(2))
        yield target
        for kept in databases(server, f"{target.database}_"):
            execute(server, f"DROP DATABASE {kept} WITH (FORCE)")


@pytest.fixture
def program(live: Target, on: On) -> Cli:
    """The program on the live database."""
    return on(live)


def databases(server: Target, prefix: str) -> list[str]:
    return [
        str(row[0]) for row in fetch(server, f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}')")
    ]


def test_it_shows_what_would_be_lost_and_asks(live: Target, program: Cli) -> None:
    planned = program("reset", "--demo", "--dry-run", "--output", "json")
    refused = program("reset", "--demo")
    screen = on_terminal(program, "reset", "--no-backup", typed="n")

    assert (planned.code, refused.code, screen.code) == (0, 3, 3), planned.err + refused.err + screen.text
    assert {key: planned.json[key] for key in ("filling", "backup", "sessions", "last_at", "environment")} == {
        "filling": "demo", "backup": True, "sessions": 0, "last_at": "2026-01-02T00:00:00+00:00", "environment": "development",
    }  # fmt: skip
    [users] = [table for table in planned.json["tables"] if table["table"] == "users"]
    assert (users["rows"], users["last_at"], users["size_bytes"] > 0) == (2, "2026-01-02T00:00:00+00:00", True)
    assert "was not confirmed\nhint: Answer yes on a terminal, or add --yes.\n" in refused.err
    assert any(line.split()[:2] == ["users", "2"] for line in refused.err.splitlines())
    assert "NO backup is taken" in screen.plain
    assert fetch(live, COUNTS) == OLD


def test_reset_and_back(live: Target, program: Cli, server: Target) -> None:
    done = program("reset", "--demo", "--yes", "--output", "json")
    assert (done.code, fetch(live, COUNTS)) == (0, DEMO), done.err
    assert all(user["api_key"].startswith("ak_") for user in done.json["demo"]["users"])
    [backup] = Store(Path(program.environ["ALPHANEST_HOME"]) / "backups").list().backups
    assert (done.json["backup"], backup.manifest.note) == (backup.id, "before a reset")
    assert fetch(live.with_database(done.json["kept"]), COUNTS) == OLD

    undone = program("restore", "undo", "--yes")
    assert (undone.code, fetch(live, COUNTS)) == (0, OLD), undone.err
    assert program("restore", "clean-up", "--yes").code == 0
    assert databases(server, f"{live.database}_") == []


def test_the_old_one_is_dropped_where_that_is_asked(live: Target, program: Cli, server: Target) -> None:
    proved = program("reset", "--drop-old", "--yes", "--output", "json")
    assert (proved.code, proved.json["kept"], fetch(live, COUNTS)) == (0, None, EMPTY), proved.err
    blind = program("reset", "--demo", "--drop-old", "--no-backup", "--yes")
    assert (blind.code, fetch(live, COUNTS)) == (0, DEMO), blind.err
    assert databases(server, f"{live.database}_") + databases(server, PREFIX) == []


def test_a_synthetic_platform_takes_its_place(live: Target, program: Cli) -> None:
    planned = program("reset", "--synthetic", "--dry-run")
    done = program("reset", "--synthetic", "--seed", "7", "--no-backup", "--yes", "--output", "json")
    assert (planned.code, "a new one with synthetic data takes its place" in planned.out) == (0, True), planned.err
    assert (done.code, fetch(live, COUNTS)) == (0, [(1000, 5000, HEAD)]), done.err
    assert (done.json["filling"], done.json["synthetic"]["seed"]) == ("synthetic", 7)
    assert program("seed", "undo", str(done.json["synthetic"]["run"]), "--dry-run").code == 0


def test_production_needs_its_name_and_takes_no_demo_data(live: Target, program: Cli) -> None:
    assert program("db", "upgrade", ALPHANEST_ENV="production").code == 0
    codes = [program("reset", *how).code for how in (("--yes",), ("--yes", "--confirm", "other"))]
    demo = program("reset", "--demo", "--confirm", live.database)
    assert program("reset", "--synthetic", "--confirm", live.database).code == 3
    assert (codes, demo.code, fetch(live, COUNTS)) == ([3, 3], 3, OLD)
    assert "a reset with demo data is refused: this is a production database" in demo.err

    done = program("reset", "--confirm", live.database)
    assert (done.code, fetch(live, COUNTS)) == (0, EMPTY), done.err
    assert fetch(live, "SELECT value FROM alphanest_admin.facts") == [("production",)]


def test_whoever_writes_is_in_the_way_unless_forced(live: Target, program: Cli, server: Target) -> None:
    with contextlib.closing(connect(live, application_name="shop")) as writer:
        writer.cursor().execute(USER.format(3))
        planned = program("reset", "--dry-run")
        refused = program("reset", "--yes")
        assert (planned.code, refused.code, databases(server, PREFIX)) == (0, 3, [])
        assert "(shop, 127.0.0.1) is at it; refused without --force" in planned.out
        assert f"error: others write to {live.database}: process" in refused.err
        assert program("reset", "--yes", "--force", "--no-backup").code == 0
        assert fetch(live, COUNTS) == EMPTY


def test_what_comes_after_the_backup_is_not_dropped_with_the_old_one(live: Target, program: Cli) -> None:
    stopped = threading.Event()

    def write() -> None:
        with contextlib.suppress(psycopg2.Error), session(live) as connection, connection.cursor() as cursor:
            while not stopped.wait(0.01):
                cursor.execute("UPDATE users SET updated_at = clock_timestamp()")

    thread = threading.Thread(target=write)
    thread.start()
    refused = program("reset", "--yes")
    forced = program("reset", "--yes", "--force", "--drop-old", "--output", "json")
    stopped.set()
    thread.join()

    assert (refused.code, "rows of users were written" in refused.err) == (3, True), refused.err
    assert forced.code == 1, forced.err
    assert fetch(live.with_database(forced.json["kept"]), COUNTS) == OLD
    assert "was written to after the backup" in forced.json["notes"][0]


def test_a_failure_leaves_the_old_one_and_nothing_else(
    live: Target, program: Cli, server: Target, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text((Path(__file__).parents[2] / "migrations/env.py").read_text())
    (folder / "versions/1_broken.py").write_text(
        'from alembic import op\nrevision = "1"\ndown_revision = None\n\ndef upgrade():\n    op.execute("SELECT 1/0")\n'
    )
    failed = program("reset", "--yes", "--no-backup", ALPHANEST_MIGRATIONS=str(folder))
    both = program("reset", "--demo", "--synthetic")
    assert (failed.code, both.code, fetch(live, COUNTS)) == (3, 2, OLD), failed.err
    assert databases(server, f"{live.database}_") + databases(server, PREFIX) == []


def test_owner_and_rights_are_those_of_the_old_database(live: Target, program: Cli, server: Target, on: On) -> None:
    role = f"owner_{live.database}"
    execute(server, f"CREATE ROLE {role} LOGIN PASSWORD 'x'", f"ALTER DATABASE {live.database} OWNER TO {role}")
    rights = (
        "GRANT SELECT, UPDATE ON trades TO pg_monitor WITH GRANT OPTION",
        "GRANT USAGE ON SCHEMA public TO pg_monitor",
    )
    execute(
        live,
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        *rights,
        "CREATE TABLE mine ()",
        "GRANT SELECT ON mine TO pg_monitor",
    )
    try:
        done = program("reset", "--yes", "--no-backup", "--drop-old")
        assert done.code == 0, done.err
        assert fetch(
            live, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'alphanest_admin')"
        ) == [(role,)]
        assert "note" not in done.out, done.out
        assert fetch(live, RIGHTS) == [(True, True, False, False)]
        refused = on(Target(live.host, live.port, role, live.database, "x"))("reset", "--yes")
        assert (refused.code, fetch(live, COUNTS)) == (3, EMPTY)
        assert f"user '{role}' may not create databases, and a reset makes a new one beside" in refused.err
    finally:
        execute(server, f"ALTER DATABASE {live.database} OWNER TO tester")
        execute(live, f"REASSIGN OWNED BY {role} TO tester", f"DROP OWNED BY {role}")
        execute(server, f"DROP ROLE {role}")


def test_no_database_is_no_reset(absent_database: Target, on: On) -> None:
    result = on(absent_database)("reset", "--yes")
    assert (result.code, "`alphanest init` or `alphanest db create` makes it" in result.err) == (4, True)


def test_killed_at_random_moments_it_is_the_old_or_the_new_one(empty_database: Target, tmp_path: Path) -> None:
    scene = ResetScene(empty_database, tmp_path / "home")
    scene.prepare()
    tally = kill_resets(scene, 3, random.Random(7))
    assert tally == ResetTally(
        kills=3, ended_before=tally.ended_before, longest_silence_seconds=tally.longest_silence_seconds
    )
