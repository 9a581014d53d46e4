"""What was migrated, by whom, and with which file: remembered in the database itself."""

import shutil
import threading
from pathlib import Path

import pytest

from alphanest_db.database.connect import connect, session
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, MigrationFailed, Refused
from alphanest_db.schema.blockers import OnBlockers, find_blockers, settle_blockers
from alphanest_db.schema.history import get_source, read_applied, read_log
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.recorder import RunStep
from alphanest_db.schema.restoring import completed_folder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import RunOptions, RunReport, downgrade, stamp, upgrade
from alphanest_db.schema.status import read_status
from alphanest_db.schema.verification import find_changed
from tests.conftest import On
from tests.integration.test_plain_alembic import alembic
from tests.servers import execute, fetch

FOLDER = migrations_folder()
STRICT = RunOptions(on_blockers=OnBlockers.abort, old_transaction_seconds=0)
IDS = [revision.id for revision in read_revisions(FOLDER).revisions]
LATER = '''"""add phone

Revision ID: 0a0a0a0a0a0a
"""
from alembic import op
revision = "0a0a0a0a0a0a"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN phone text")


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN phone")
'''


@pytest.fixture
def later_folder(tmp_path: Path) -> Path:
    """The migrations, with one more on top."""
    folder = tmp_path / "later"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "later.py").write_text(LATER.format(head=IDS[-1]))
    return folder


def test_each_revision_is_remembered_with_its_source(empty_database: Target) -> None:
    upgrade(empty_database, FOLDER)

    with session(empty_database) as connection:
        applied = read_applied(connection)
    assert list(applied) == IDS
    first = applied[IDS[0]]
    assert (first.action, first.outcome, first.database_user) == ("upgrade", "done", "tester")
    assert first.program.startswith("alphanest ")
    assert first.source == read_revisions(FOLDER).revisions[0].path.read_text()


def test_plain_alembic_is_remembered_too(empty_database: Target, on: On) -> None:
    assert alembic(on(empty_database), "upgrade", "head").returncode == 0

    with session(empty_database) as connection:
        assert {item.program.split(",")[0] for item in read_log(connection)} == {"alembic"}


def test_what_was_taken_back_is_in_the_log_and_not_applied(database: Target) -> None:
    downgrade(database, FOLDER, "-1")

    with session(database) as connection:
        assert next((item.revision, item.action) for item in read_log(connection)) == (IDS[-1], "downgrade")
        assert list(read_applied(connection)) == IDS[:-1]


def test_stamping_is_remembered(empty_database: Target) -> None:
    stamp(empty_database, FOLDER, IDS[0])

    with session(empty_database) as connection:
        assert [(item.revision, item.action) for item in read_log(connection)] == [(IDS[0], "stamp")]


def test_a_failure_is_remembered_with_the_servers_sentence(database: Target, later_folder: Path) -> None:
    execute(database, "ALTER TABLE users ADD COLUMN phone text")
    with pytest.raises(MigrationFailed, match='column "phone" of relation "users" already exists'):
        upgrade(database, later_folder)

    with session(database) as connection:
        newest = read_log(connection)[0]
    assert (newest.revision, newest.outcome) == ("0a0a0a0a0a0a", "failed")
    assert 'column "phone"' in str(newest.error)


def test_a_file_that_was_changed_since_is_found(database: Target, later_folder: Path) -> None:
    upgrade(database, later_folder)
    file = later_folder / "versions" / "later.py"
    file.write_text(file.read_text() + "# a word more\n")

    with session(database) as connection:
        changed = find_changed(connection, read_revisions(later_folder))
    assert [(item.revision, item.state) for item in changed] == [("0a0a0a0a0a0a", "changed")]


def test_verify_looks_at_what_is_applied_now(database: Target, later_folder: Path) -> None:
    upgrade(database, later_folder)
    later = later_folder / "versions" / "later.py"
    later.unlink()
    first = later_folder / "versions" / read_revisions(FOLDER).revisions[0].path.name
    first.write_text(first.read_text() + "# a word more\n")

    def found() -> list[tuple[str, str]]:
        with session(database) as connection:
            changed = find_changed(connection, read_revisions(later_folder))
        return [(item.revision, item.state) for item in changed]

    assert found() == [(IDS[0], "changed"), ("0a0a0a0a0a0a", "missing")]
    stamp(database, later_folder, IDS[1], purge=True)
    assert found() == [(IDS[0], "changed")]
    stamp(database, later_folder, "base")
    assert found() == []


def test_remembered_files_of_what_was_stamped_away_stay_away(database: Target, later_folder: Path) -> None:
    upgrade(database, later_folder)
    stray = later_folder / "versions" / "later.py"
    stray.write_text(stray.read_text().replace("0a0a0a0a0a0a", "0b0b0b0b0b0b").replace("phone", "fax"))
    stamp(database, later_folder, IDS[-1], purge=True)
    upgrade(database, later_folder)

    with session(database) as connection, completed_folder(connection, FOLDER) as folder:
        assert [revision.id for revision in read_revisions(folder).revisions] == [*IDS, "0b0b0b0b0b0b"]


def test_a_revision_whose_file_is_missing_is_explained(database: Target, later_folder: Path) -> None:
    upgrade(database, later_folder)

    with (
        session(database) as connection,
        pytest.raises(AlphanestError, match=r"'add phone', applied 20.* by .*@.* with alphanest"),
    ):
        read_status(connection, read_revisions(FOLDER))


def test_the_source_of_a_missing_file_can_be_had_back(database: Target, later_folder: Path) -> None:
    upgrade(database, later_folder)

    with session(database) as connection:
        assert get_source(connection, "0a0a").source == (later_folder / "versions" / "later.py").read_text()


def test_role_that_may_not_make_a_schema_migrates_without_history(server: Target, deployed_database: Target) -> None:
    role = f"plain_{deployed_database.database}"
    execute(server, f"CREATE ROLE {role} LOGIN PASSWORD 'p'")
    tables = ("alembic_version", "users", "subscriptions", "trades", "market_booths", "nft_items")
    execute(
        deployed_database,
        *(f"ALTER TABLE {table} OWNER TO {role}" for table in tables),
        f"GRANT CREATE ON SCHEMA public TO {role}",
    )
    target = Target(deployed_database.host, deployed_database.port, role, deployed_database.database, "p")

    run = upgrade(target, FOLDER)
    execute(deployed_database, f"REASSIGN OWNED BY {role} TO tester", f"DROP OWNED BY {role}")
    execute(server, f"DROP ROLE {role}")

    assert run.current == (IDS[-1],)
    assert fetch(deployed_database, "SELECT to_regnamespace('alphanest_admin')") == [(None,)]


def test_newly_indexed_tables_are_analyzed(deployed_database: Target) -> None:
    run = upgrade(deployed_database, FOLDER, "3f7c")

    assert set(run.analyzed) == {"public.subscriptions", "public.trades", "public.nft_items"}
    query = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = 'trades'"
    assert fetch(deployed_database, query) == [(11,)]


def test_old_transactions_on_tables_are_found(database: Target) -> None:
    sleeper = connect(database, application_name="coffee")
    with sleeper.cursor() as cursor, session(database) as connection:
        cursor.execute("SELECT count(*) FROM trades")
        found = find_blockers(connection, old_seconds=0)
        assert [(b.kind, b.who, b.tables) for b in found] == [("idle transaction", "tester (coffee)", ("trades",))]
    sleeper.close()


def test_prepared_transactions_are_found(database: Target) -> None:
    gid = database.database
    preparing = connect(database)
    preparing.tpc_begin(gid)
    with preparing.cursor() as cursor:
        cursor.execute("LOCK TABLE users IN SHARE MODE")
    preparing.tpc_prepare()
    with session(database) as connection:
        found = find_blockers(connection, old_seconds=0)
    preparing.tpc_rollback()
    preparing.close()

    assert [(b.kind, b.pid, b.tables) for b in found] == [("prepared transaction", None, ("users",))]


@pytest.mark.parametrize("how", [OnBlockers.abort, OnBlockers.wait])
def test_blockers_left_at_the_end_refuse_the_migration(how: OnBlockers, database: Target) -> None:
    sleeper = connect(database)
    with sleeper.cursor() as cursor, session(database) as connection:
        cursor.execute("SELECT count(*) FROM trades")
        with pytest.raises(Refused, match="idle transaction: process"):
            settle_blockers(connection, how, source="trades", wait_seconds=1, old_seconds=0)
    sleeper.close()


def test_transaction_on_other_tables_is_not_in_the_way(database: Target, later_folder: Path) -> None:
    sleeper = connect(database)
    with sleeper.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trades")
        run = upgrade(database, later_folder, options=STRICT)
    sleeper.close()

    assert [step.message for step in run.steps] == ["add phone"]


def test_each_revision_looks_for_blockers_of_its_own(database: Target, later_folder: Path) -> None:
    second = LATER.replace("0a0a0a0a0a0a", "0b0b0b0b0b0b").replace("users", "trades").format(head="0a0a0a0a0a0a")
    (later_folder / "versions" / "second.py").write_text(second)
    sleeper = connect(database)

    def hold(_step: RunStep) -> None:
        with sleeper.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM trades")

    with pytest.raises(Refused, match=r"idle transaction: process .* on trades"):
        upgrade(database, later_folder, options=STRICT, report=RunReport(step=hold))
    sleeper.close()

    with session(database) as connection:
        assert read_status(connection, read_revisions(later_folder)).current == ("0a0a0a0a0a0a",)


def test_blockers_can_be_waited_for(deployed_database: Target) -> None:
    sleeper = connect(deployed_database)
    with sleeper.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trades")
        threading.Timer(1.0, sleeper.commit).start()
        run = upgrade(
            deployed_database, FOLDER, options=RunOptions(on_blockers=OnBlockers.wait, old_transaction_seconds=0)
        )
    sleeper.close()

    assert run.current == (IDS[-1],)


def test_blockers_can_be_ended(database: Target) -> None:
    sleeper = connect(database)
    with sleeper.cursor() as cursor, session(database) as connection:
        cursor.execute("SELECT count(*) FROM trades")
        settle_blockers(connection, OnBlockers.terminate, source="trades", wait_seconds=5, old_seconds=0)
        assert find_blockers(connection, old_seconds=0) == []
    sleeper.close()


def test_downgrade_works_from_the_remembered_source(database: Target, later_folder: Path) -> None:
    upgrade(database, later_folder)

    with session(database) as connection, completed_folder(connection, FOLDER) as folder:
        run = downgrade(database, folder, IDS[-1])

    assert run.current == (IDS[-1],)
    assert fetch(
        database, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'phone'"
    ) == [(0,)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("raise ValueError('no rate for\\nEUR, password=hush-hush')", "ValueError: no rate for EUR, password=***"),
        ("assert 1 > 2", "AssertionError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("op.no_such_operation()", "AttributeError: module 'alembic.op' has no attribute 'no_such_operation'"),
    ],
)
def test_python_error_in_a_revision_is_its_failure_and_remembered(
    statement: str, said: str, database: Target, later_folder: Path, on: On
) -> None:
    file = later_folder / "versions" / "later.py"
    file.write_text(
        LATER.format(head=IDS[-1]).replace('op.execute("ALTER TABLE users ADD COLUMN phone text")', statement)
    )

    result = on(database)("db", "upgrade", ALPHANEST_MIGRATIONS=str(later_folder))

    failure = f"the migration 0a0a0a0a0a0a failed at later.py:11: {said}"
    assert (result.code, result.err.splitlines()[-2]) == (3, f"error: {failure}")
    with session(database) as connection:
        newest = read_log(connection)[0]
    assert (newest.revision, newest.outcome, newest.error) == ("0a0a0a0a0a0a", "failed", failure)


def test_revision_that_cannot_be_loaded_is_named(database: Target, later_folder: Path) -> None:
    file = later_folder / "versions" / "later.py"
    file.write_text("import no_such_module\n" + file.read_text())

    with pytest.raises(
        MigrationFailed, match=r"0a0a0a0a0a0a failed at later\.py:1: ModuleNotFoundError: No module named"
    ):
        upgrade(database, later_folder)
