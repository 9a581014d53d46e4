"""A downgrade takes back what was shown, and nothing else."""

import shutil
import threading
from pathlib import Path

import pytest

from alphanest_db.confirmation import Confirmation
from alphanest_db.database.connect import connect, session
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.loss import plan_downgrade
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import RunOptions, RunReport, downgrade, upgrade
from alphanest_db.settings import Environment
from alphanest_db.workflows.downgrade import GuardedDowngrade, downgrade_confirmed
from tests.conftest import On
from tests.servers import execute, fetch

FOLDER = migrations_folder()
IDS = [revision.id for revision in read_revisions(FOLDER).revisions]
VERSION = "SELECT version_num FROM alembic_version"


def test_another_try_does_not_count_from_elsewhere(database: Target) -> None:
    retries: list[int] = []
    sleeper = connect(database)
    with sleeper.cursor() as cursor:
        cursor.execute("LOCK TABLE users IN ACCESS SHARE MODE")  # lets the first two go back, and stops the third
        report = RunReport(retry=lambda attempt, _pause: retries.append(attempt))
        threading.Timer(1.5, sleeper.commit).start()
        downgrade(database, FOLDER, "-4", options=RunOptions(lock_timeout_seconds=0.1), report=report)
    sleeper.close()

    assert retries
    assert fetch(database, VERSION) == [(IDS[0],)]


def test_another_try_of_an_upgrade_does_not_count_from_elsewhere(deployed_database: Target) -> None:
    sleeper = connect(deployed_database)
    with sleeper.cursor() as cursor:
        cursor.execute("LOCK TABLE market_booths IN ACCESS SHARE MODE")
        threading.Timer(1.5, sleeper.commit).start()
        upgrade(deployed_database, FOLDER, "+3", options=RunOptions(lock_timeout_seconds=0.1))
    sleeper.close()

    assert fetch(deployed_database, VERSION) == [(IDS[3],)]


def test_a_database_that_has_moved_since_is_left_alone(database: Target) -> None:
    with session(database) as connection:
        steps = plan_downgrade(connection, FOLDER, "-1")
    plan = GuardedDowngrade(database.database, Environment.development, steps)
    downgrade(database, FOLDER, "-1")

    with pytest.raises(Refused, match=f"stands at {IDS[-2]} now, and not at {IDS[-1]}"):
        downgrade_confirmed(database, FOLDER, plan, Confirmation(True), options=RunOptions(), report=RunReport())
    assert fetch(database, VERSION) == [(IDS[-2],)]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM users", "TRUNCATE users", "ALTER TABLE users DROP avatar", "UPDATE users SET avatar = NULL",
     "DROP TABLE trades, nft_items", "ALTER TABLE users ADD x int, DROP COLUMN avatar"],
)  # fmt: skip
def test_what_cannot_be_counted_is_asked_about(statement: str, database: Target, on: On, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "later.py").write_text(
        f'"""later"""\nfrom alembic import op\nrevision, down_revision = "0a", {IDS[-1]!r}\n\n\n'
        f"def upgrade():\n    pass\n\n\ndef downgrade():\n    op.execute({statement!r})\n"
    )
    upgrade(database, folder)

    result = on(database)("db", "downgrade", "-1", ALPHANEST_MIGRATIONS=str(folder))

    assert (result.code, f"may lose rows, not counted: {statement}" in result.err) == (3, True)


def test_production_asks_for_its_name_whatever_is_lost(database: Target, on: On) -> None:
    result = on(database)("db", "downgrade", "-1", "--yes", ALPHANEST_ENV="production")

    assert (result.code, f"--confirm {database.database}" in result.err) == (3, True)


def test_record_that_may_not_be_read_counts_as_production(server: Target, database: Target, on: On) -> None:
    role = f"blind_{database.database}"
    assert on(database)("init", ALPHANEST_ENV="production").code == 0
    execute(database, "REVOKE ALL ON SCHEMA alphanest_admin FROM PUBLIC", f"CREATE ROLE {role} LOGIN PASSWORD 'p'")
    execute(database, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    blind = Target(database.host, database.port, role, database.database, "p")

    result = on(blind)("seed")
    execute(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert (result.code, "seeding demo data is refused: this is a production database" in result.err) == (3, True)
    assert fetch(database, "SELECT count(*) FROM users") == [(0,)]


def test_demo_is_refused_before_anything_is_done_to_production(deployed_database: Target, on: On) -> None:
    upgrade(deployed_database, FOLDER, "+1")
    assert on(deployed_database)("db", "upgrade", "c45b", ALPHANEST_ENV="production").code == 0

    result = on(deployed_database)("init", "--demo")

    assert result.code == 3
    assert fetch(deployed_database, VERSION) == [(IDS[3],)]


def test_reading_by_plain_alembic_changes_nothing(deployed_database: Target, on: On) -> None:
    from tests.integration.test_plain_alembic import alembic

    assert alembic(on(deployed_database), "current").returncode == 0
    assert fetch(deployed_database, "SELECT to_regnamespace('alphanest_admin')") == [(None,)]


@pytest.mark.parametrize(
    ("revisions", "word"), [("head:d9a4", "DROP INDEX"), ("d9a4:head", "CREATE INDEX"), ("e190:base", "DROP TABLE")]
)
def test_script_of_a_range_goes_the_right_way(revisions: str, word: str, on: On, database: Target) -> None:
    result = on(database)("db", "sql", revisions)

    assert (result.code, word in result.out) == (0, True)


def test_range_with_too_many_ends_is_wrong_usage(on: On, database: Target) -> None:
    assert on(database)("db", "sql", "a:b:c").code == 2


def test_new_revision_answers_in_json_alone_and_takes_no_code_for_a_message(
    on: On, database: Target, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    environ = {"ALPHANEST_MIGRATIONS": str(folder)}

    refused = on(database)("db", "revision", "-m", 'a"""; import os', **environ)
    made = on(database)("db", "revision", "-m", "add phone", "--output", "json", **environ)

    assert (refused.code, made.code) == (2, 0)
    assert made.json["path"].endswith("add_phone.py")


def test_stamping_production_asks_for_its_name(database: Target, on: On) -> None:
    refused = on(database)("db", "stamp", "base", ALPHANEST_ENV="production")
    confirmed = on(database)("db", "stamp", "base", "--confirm", database.database, ALPHANEST_ENV="production")

    assert (refused.code, confirmed.code) == (3, 0)


def test_missing_file_for_psql_is_wrong_usage(database: Target, on: On) -> None:
    assert on(database)("db", "shell", "-c", "SELECT 1", "-f", "nowhere.sql").code == 2
