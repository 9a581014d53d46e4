"""A rehearsal tells what really happens on the way up, down and up again, and what does not come back."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.disk import find_free_bytes
from alphanest_db.database.scratch import PREFIX, drop_forgotten
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.schema.drift.model import DriftKind, DriftLevel
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.rehearsal.model import DataLoss, Direction, HeldLock, LossKind, Rehearsal, Step, TableWork
from alphanest_db.schema.rehearsal.rehearse import RehearsalOptions, rehearse_live
from alphanest_db.schema.rehearsal.room import check_room
from tests.conftest import On, new_database
from tests.servers import Installation, execute, fetch, installations, running_server

ENV = (Path(__file__).parent.parent / "revisions30" / "env.py").read_text()
SHOP = (
    """CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, phone text, born timestamptz,
       shout text GENERATED ALWAYS AS (upper(email)) STORED)""",
    """CREATE TABLE "Odd orders" (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, total int,
       "the note" text)""",
    "CREATE TABLE events (id int, at date) PARTITION BY RANGE (at)",
    "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "CREATE VIEW phones AS SELECT id FROM users",
    """INSERT INTO users SELECT n, n || '@example.com', CASE WHEN n % 4 = 0 THEN '+49' || n END, '2000-01-01'
       FROM generate_series(1, 400) n""",
    """INSERT INTO "Odd orders" SELECT n, n, n, CASE WHEN n % 2 = 0 THEN 'a longer note' ELSE 'short' END
       FROM generate_series(1, 400) n""",
    "INSERT INTO events SELECT n, '2026-05-05' FROM generate_series(1, 50) n",
)
FOUND_SCRATCH = f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"


class Migrations:
    """A folder of revisions, each a pair of bodies; the first follows nothing, each other the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "own"
        (self.folder / "versions").mkdir(parents=True)
        (self.folder / "env.py").write_text(ENV)
        self._last: str | None = None

    def add(self, revision: str, up: str, down: str = "pass", *, after: str | None = None) -> "Migrations":
        """One more; a body is Python, lines separated by newlines."""
        parent = after or self._last
        indented = ["\n    ".join(body.splitlines()) for body in (up, down)]
        (self.folder / "versions" / f"{revision}.py").write_text(
            f'"""message of {revision}"""\nfrom alembic import op\nrevision, down_revision = {revision!r}, {parent!r}\n\n\n'
            f"def upgrade():\n    {indented[0]}\n\n\ndef downgrade():\n    {indented[1]}\n"
        )
        self._last = revision
        return self


def sql(*statements: str) -> str:
    return "\n".join(f"op.execute({text!r})" for text in statements)


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    return Migrations(tmp_path)


@pytest.fixture
def shop(empty_database: Target) -> Target:
    execute(empty_database, *SHOP)
    return empty_database


@pytest.fixture(params=installations(), ids=lambda installation: f"PostgreSQL {installation.version}")
def any_server(request: pytest.FixtureRequest, worker_folder: Path) -> Iterator[Target]:
    installation: Installation = request.param
    with running_server(installation, worker_folder / f"rehearse{installation.version}") as server:
        yield server


def rehearsed(
    target: Target, folder: Path, home: Path, revision: str = "heads", *, downgrade: bool = True
) -> Rehearsal:
    return rehearse_live(target, folder, home, os.environ, revision, options=RehearsalOptions(downgrade=downgrade))


def step(rehearsal: Rehearsal, direction: Direction, revision: str) -> Step:
    return next(s for s in rehearsal.steps if (s.direction, s.revision) == (direction, revision))


def work(found: Step, table: str) -> TableWork:
    return next(item for item in found.tables if item.table == table)


def lock(found: Step, table: str, mode: LockMode) -> HeldLock:
    return next(item for item in work(found, table).locks if item.mode is mode)


def objects(rehearsal: Rehearsal) -> list[tuple[str | None, str, DriftKind]]:
    return [
        (item.revision, item.object, item.kind) for item in rehearsal.differences if item.level is DriftLevel.warning
    ]


def test_the_platforms_own_migrations_give_everything_back(any_server: Target, tmp_path: Path) -> None:
    from tests.conftest import FIXTURES

    with new_database(any_server, "template0") as target:
        execute(target, *((FIXTURES / f"deployed_{part}.sql").read_text() for part in ("schema", "rows")))

        found = rehearsed(target, migrations_folder(), tmp_path)

        assert (found.is_fine, found.downgraded, found.losses, found.differences) == (True, True, (), ())
        assert [s.direction for s in found.steps] == [Direction.up] * 4 + [Direction.down] * 4 + [
            Direction.up_again
        ] * 4
        assert all(s.wal_bytes > 0 and s.duration_seconds > 0 and s.error is None for s in found.steps)
        assert lock(found.steps[0], "trades", LockMode.share_update_exclusive).longest_seconds > 0
        assert work(found.steps[0], "trades").rows_after == fetch(target, "SELECT count(*) FROM trades")[0][0]
        assert fetch(target, "SELECT version_num FROM alembic_version") == [("d9a4a7469274",)]
        assert fetch(any_server, FOUND_SCRATCH) == []


def test_what_the_downgrade_does_not_give_back_is_counted(
    any_server: Target, migrations: Migrations, tmp_path: Path
) -> None:
    migrations.add("a1", sql('ALTER TABLE "Odd orders" ALTER total TYPE bigint', "CREATE INDEX odd ON users (born)"),
                   sql('ALTER TABLE "Odd orders" ALTER total TYPE int'))  # fmt: skip
    migrations.add("a2", 'op.drop_column("users", "phone")\n' + sql(
        """ALTER TABLE "Odd orders" ALTER "the note" TYPE varchar(7) USING left("the note", 7)""",
        "DELETE FROM users WHERE id <= 10", "UPDATE events_2026 SET id = 0 WHERE id <= 20"),
        sql("ALTER TABLE users ADD phone text", 'ALTER TABLE "Odd orders" ALTER "the note" TYPE text'))  # fmt: skip
    with new_database(any_server, "template0") as target:
        execute(target, *SHOP)

        found = rehearsed(target, migrations.folder, tmp_path)

    assert set(found.losses) == {
        DataLoss("a2", "users", None, LossKind.rows, 400, 390, 10),
        DataLoss("a2", "users", "phone", LossKind.values, 100, 0, 100),
        DataLoss("a2", "Odd orders", None, LossKind.rows, 400, 390, 10),
        DataLoss("a2", "Odd orders", "the note", LossKind.content, 400, 390, 195),
        DataLoss("a2", "events", "id", LossKind.content, 50, 50, 20),
    }
    assert objects(found) == [("a1", "index public.users.odd", DriftKind.extra)]
    assert (
        found.steps[-1].error == 'a migration failed: relation "odd" already exists: CREATE INDEX odd ON users (born)'
    )
    assert (found.is_fine, found.steps[-1].direction) == (False, Direction.up_again)
    up = step(found, Direction.up, "a1")
    assert [(item.table, item.rewritten, item.locks[0].mode) for item in up.tables if item.rows_after] == [
        ("Odd orders", True, LockMode.access_exclusive), ("users", False, LockMode.share)]  # fmt: skip
    gone = work(step(found, Direction.up, "a2"), "users")
    assert (gone.rows_before, gone.rows_after) == (400, 390)


def test_a_lock_is_held_to_the_end_of_its_transaction(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    slow = sql("ALTER TABLE users ADD a int", "SELECT pg_sleep(0.3)", "ALTER TABLE events ADD b int")
    alone = sql("ALTER TABLE users ADD c int", "SELECT pg_sleep(0.3)", "CREATE INDEX CONCURRENTLY ix ON users (email)",
                "VACUUM FULL users")  # fmt: skip
    migrations.add("a1", slow).add(
        "a2", "with op.get_context().autocommit_block():\n    " + alone.replace("\n", "\n    ")
    )

    found = rehearsed(shop, migrations.folder, tmp_path, downgrade=False)

    in_one, in_many = found.steps
    assert lock(in_one, "users", LockMode.access_exclusive).longest_seconds >= 0.3
    assert lock(in_one, "events", LockMode.access_exclusive).longest_seconds < 0.3
    assert in_one.duration_seconds >= 0.3
    assert lock(in_many, "users", LockMode.access_exclusive).longest_seconds < 0.3
    assert lock(in_many, "users", LockMode.share_update_exclusive).longest_seconds > 0
    assert work(in_many, "users").rewritten


def test_what_others_write_is_not_counted_on_18(
    shop: Target, server: Target, migrations: Migrations, tmp_path: Path
) -> None:
    with session(server) as connection:
        if connection.server_version < 180000:
            pytest.skip("PostgreSQL before 18 does not count WAL per session")
    migrations.add(
        "a1", sql("SELECT pg_sleep(1)", "CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)")
    )
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            execute(
                server,
                "CREATE TABLE noise AS SELECT repeat('x', 1000) FROM generate_series(1, 9000)",
                "DROP TABLE noise",
            )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = rehearsed(shop, migrations.folder, tmp_path, downgrade=False)
    finally:
        over.set()
        writer.join()

    assert 2_000_000 < found.steps[0].wal_bytes < 4_000_000
    assert not any("WAL" in note for note in found.notes)


def test_what_a_driver_of_its_own_does_is_noticed(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    raw = "cursor = op.get_bind().connection.cursor()\ncursor.execute('DELETE FROM events WHERE id < 8')"
    migrations.add("a1", raw)

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert found.losses == (DataLoss("a1", "events", None, LossKind.rows, 50, 43, 7),)
    assert lock(found.steps[0], "events_2026", LockMode.row_exclusive)


def test_values_that_changed_places_are_noticed(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    swapped = "UPDATE users SET born = '2001-01-01' WHERE id = {}"
    execute(shop, swapped.format(1))
    migrations.add("a1", sql("UPDATE users SET born = '2000-01-01' WHERE id = 1", swapped.format(2)))

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert found.losses == (DataLoss("a1", "users", None, LossKind.content, 400, 400, None),)


def test_column_that_comes_back_elsewhere_is_no_loss_of_its_values(
    shop: Target, migrations: Migrations, tmp_path: Path
) -> None:
    migrations.add(
        "a1", sql("CREATE TABLE kept AS SELECT id, phone FROM users", "ALTER TABLE users DROP phone"),
        sql("ALTER TABLE users ADD phone text", "UPDATE users SET phone = k.phone FROM kept k WHERE k.id = users.id",
            "DROP TABLE kept"),
    )  # fmt: skip

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert (found.losses, objects(found), found.is_fine) == ((), [], True)
    assert [(item.object, item.level) for item in found.differences] == [("column order public.users", DriftLevel.info)]


def test_downgrade_that_cannot_be_done_is_the_last_step(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    migrations.add("a1", sql("CREATE TABLE a (id int)"), sql("DROP TABLE a"))
    migrations.add("a2", sql("CREATE TABLE b (id int)"), "raise NotImplementedError('no way back')")

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert [(s.direction, s.revision) for s in found.steps][-1] == (Direction.down, "a2")
    assert found.steps[-1].error == "the migration a2 failed at a2.py:11: NotImplementedError: no way back"
    assert (found.is_fine, found.downgraded) == (False, False)


def test_upgrade_that_fails_on_the_data_is_told(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    migrations.add("a1", sql("ALTER TABLE users ALTER phone SET NOT NULL"))

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert [s.error for s in found.steps] == [
        'a migration failed: column "phone" of relation "users" contains null values: '
        "ALTER TABLE users ALTER phone SET NOT NULL"
    ]
    assert not found.is_fine


def test_branches_are_taken_back_one_by_one(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    migrations.add("a1", sql("CREATE TABLE a (id int)"), sql("DROP TABLE a"))
    migrations.add("b1", sql("CREATE TABLE b (id int)"), sql("DROP TABLE b"), after="a1")
    migrations.add("c1", sql("CREATE TABLE c (id int)"), sql("DROP TABLE c"), after="a1")

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert found.is_fine, found
    assert {s.revision for s in found.steps if s.direction is Direction.down} == {"a1", "b1", "c1"}


def test_foreign_key_that_old_rows_violate_is_missing_in_the_copy(
    shop: Target, migrations: Migrations, tmp_path: Path
) -> None:
    execute(shop, """ALTER TABLE "Odd orders" DISABLE TRIGGER ALL; DELETE FROM users WHERE id = 3;""")
    execute(shop, """ALTER TABLE users DISABLE TRIGGER ALL""", """DELETE FROM users WHERE id = 4""")
    migrations.add("a1", sql("CREATE TABLE a (id int)"), sql("DROP TABLE a"))

    found = rehearsed(shop, migrations.folder, tmp_path)

    assert found.is_fine
    assert found.notes == (
        'not in the copy: insert or update on table "Odd orders" violates foreign key constraint "Odd orders_user_id_fkey"',
    )


def test_backup_is_rehearsed_whatever_became_of_the_database(shop: Target, migrations: Migrations, on: On) -> None:
    migrations.add("a1", sql("DELETE FROM events WHERE id <= 5"))
    program, environ = on(shop), {"ALPHANEST_MIGRATIONS": str(migrations.folder)}
    made = program("backup", "create", "-o", "json")
    execute(shop, "DROP TABLE events")

    found = program("db", "rehearse", "--from-backup", "latest", "-o", "json", **environ)
    unknown = program("db", "rehearse", "--from-backup", "nowhere", **environ)
    [dump] = [path for path in program.folder.rglob("dump*") if path.is_file()]
    by_path = program("db", "rehearse", "--from-backup", str(dump), "-o", "json", **environ)
    execute(shop.with_database("postgres"), f"DROP DATABASE {shop.database} WITH (FORCE)")
    without = program("db", "rehearse", "--from-backup", "latest", **environ)

    assert (made.code, found.code, unknown.code, without.code) == (0, 1, 3, 1), (made.err, found.err, without.err)
    assert found.json["source"].startswith("the backup ")
    assert by_path.code == 1, by_path.err
    assert (by_path.json["source"], by_path.json["losses"]) == (f"the dump {dump}", found.json["losses"])
    assert [(loss["table"], loss["lost"]) for loss in found.json["losses"]] == [("events", 5)]
    assert "rehearsed on a copy of the backup " in without.out
    assert fetch(shop.with_database("postgres"), FOUND_SCRATCH) == []


def test_copy_has_the_locale_and_the_settings_of_its_original(
    server: Target, migrations: Migrations, tmp_path: Path
) -> None:
    target = server.with_database(f"test_{secrets.token_hex(6)}")
    execute(
        server,
        f"CREATE DATABASE {target.database} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        f"ALTER DATABASE {target.database} SET work_mem = '7MB'",
    )
    check = (
        "DO $$ BEGIN ASSERT current_setting('work_mem') = '7MB' AND (SELECT datcollate || datctype || datlocprovider::text"
        " FROM pg_database WHERE datname = current_database()) = 'CC.UTF-8c'; END $$"
    )
    migrations.add("a1", sql(check))
    try:
        found = rehearsed(target, migrations.folder, tmp_path, downgrade=False)
    finally:
        execute(server, f"DROP DATABASE {target.database}")

    assert [s.error for s in found.steps] == [None]


def test_role_without_createdb_rehearses_on_the_embedded_server(shop: Target, migrations: Migrations, on: On) -> None:
    role = f"plain_{secrets.token_hex(4)}"
    execute(
        shop, f"CREATE ROLE {role} LOGIN PASSWORD 's3cr/t@'", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    )
    migrations.add("a1", sql("DELETE FROM events"))
    program = on(replace(shop, user=role, password="s3cr/t@"))
    try:
        result = program("db", "rehearse", "-o", "json", ALPHANEST_MIGRATIONS=str(migrations.folder))
    finally:
        program("server", "stop")
        execute(shop, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert result.code == 1, result.err
    assert result.json["losses"][0]["lost"] == 50
    assert f"user '{role}' may not create databases: rehearsed on the embedded server" in result.json["notes"]
    assert "s3cr" not in result.out + result.err


def test_role_that_may_not_read_is_refused(shop: Target, migrations: Migrations, tmp_path: Path) -> None:
    role = f"reader_{secrets.token_hex(4)}"
    execute(shop, f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'p'")
    migrations.add("a1", sql("CREATE TABLE a (id int)"))
    try:
        with pytest.raises(Refused, match=r"cannot be copied: .*permission denied for table"):
            rehearsed(replace(shop, user=role, password="p"), migrations.folder, tmp_path)
    finally:
        execute(shop, f"DROP ROLE {role}")
    assert fetch(shop, FOUND_SCRATCH) == []


def test_room_is_known_on_this_machine_and_must_suffice(shop: Target) -> None:
    with session(shop) as connection:
        free_bytes = find_free_bytes(connection)

    assert free_bytes is not None
    assert check_room(free_bytes // 2, free_bytes, insist=False) == ()
    with pytest.raises(Refused, match="the server has room for"):
        check_room(free_bytes * 2, free_bytes, insist=False)
    assert check_room(free_bytes * 2, free_bytes, insist=True) == ()


def test_command_answers_as_table_json_and_markdown(shop: Target, migrations: Migrations, on: On) -> None:
    migrations.add("a1", sql("ALTER TABLE users DROP phone", "CREATE INDEX ix ON users (born)"),
                   sql("DROP INDEX ix", "ALTER TABLE users ADD phone text"))  # fmt: skip
    environ = {"ALPHANEST_MIGRATIONS": str(migrations.folder)}

    table, as_json, markdown, up_only = (
        on(shop)("db", "rehearse", *arguments, **environ)
        for arguments in ((), ("-o", "json"), ("-o", "markdown"), ("--no-downgrade",))
    )

    assert [table.code, as_json.code, markdown.code, up_only.code] == [1, 1, 1, 0]
    first, second, third, fourth, *_rest = table.out.splitlines()
    assert first.startswith(f"{shop.database}: NOT FINE: 1 migration rehearsed on a copy of the live database (")
    assert second.startswith("upgrade: ")
    assert "reads and writes of users wait up to" in second
    assert third.endswith("of WAL; LOSES DATA of users.phone; the schema differs in 1 object")
    assert fourth.endswith("gives the same schema")
    assert as_json.json["losses"] == [
        {
            "revision": "a1",
            "table": "users",
            "column": "phone",
            "kind": "values",
            "before": 100,
            "after": 0,
            "lost": 100,
        }
    ]
    assert "| a1 | users | phone | values gone | 100 | 0 | 100 |" in markdown.out
    assert up_only.out.startswith(f"{shop.database}: fine: 1 migration")
    assert "downgrade" not in up_only.out


def test_nothing_is_copied_where_nothing_is_pending(database: Target, on: On) -> None:
    result = on(database)("db", "rehearse")

    assert (result.code, result.err) == (0, "")
    assert result.out.endswith(": nothing is pending\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_rehearsal_leaves_no_scratch_database(
    number: int, shop: Target, migrations: Migrations, on: On
) -> None:
    before = set(fetch(shop, FOUND_SCRATCH))
    migrations.add("a1", sql("SELECT pg_sleep(100)"))
    process = on(shop).start("db", "rehearse", ALPHANEST_MIGRATIONS=str(migrations.folder))
    sleeping = "SELECT datname FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(100)' AND state = 'active'"
    while not fetch(shop, sleeping):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)

    process.send_signal(number)
    process.communicate(timeout=30)
    made = set(fetch(shop, FOUND_SCRATCH)) - before

    if number == signal.SIGKILL:
        deadline = time.monotonic() + 20  # the server looks for its client once a second
        while made and time.monotonic() < deadline:
            drop_forgotten(shop)
            made = set(fetch(shop, FOUND_SCRATCH)) - before
    else:
        assert process.returncode == 130
    assert made == set()
