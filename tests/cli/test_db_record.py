"""What the database remembers of its migrations, at the command line."""

import shutil
import time
from pathlib import Path

from alphanest_db.database.connect import connect
from alphanest_db.database.locks import MIGRATOR, advisory_lock
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from tests.conftest import Cli, On
from tests.integration.test_history import IDS, LATER
from tests.servers import execute, fetch

PHONE = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'phone'"


def ahead(on: On, database: Target, folder: Path) -> tuple[Cli, dict[str, str]]:
    """A database one migration ahead, and the variables that lead to the folder that has it."""
    copy = folder / "later"
    shutil.copytree(migrations_folder(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / "later.py").write_text(LATER.format(head=IDS[-1]))
    cli, later = on(database), {"ALPHANEST_MIGRATIONS": str(copy)}
    assert cli("db", "upgrade", **later).code == 0
    return cli, later


def test_lock_names_the_migrator(database: Target, on: On) -> None:
    with advisory_lock(database, MIGRATOR, wait_seconds=1):
        held = on(database)("db", "lock", "--output", "json")

    assert (held.code, held.json["application_name"]) == (1, "alphanest lock")


def test_nobody_holds_the_lock(database: Target, on: On) -> None:
    result = on(database)("db", "lock")

    assert (result.code, result.out) == (0, "nobody is migrating\n")


def test_verify_finds_a_changed_file(database: Target, on: On, tmp_path: Path) -> None:
    cli, later = ahead(on, database, tmp_path)
    with (Path(later["ALPHANEST_MIGRATIONS"]) / "versions" / "later.py").open("a") as file:
        file.write("# changed\n")

    result = cli("db", "verify", "--output", "json", **later)

    assert (result.code, [(item["revision"], item["state"]) for item in result.json]) == (
        1,
        [("0a0a0a0a0a0a", "changed")],
    )


def test_verify_is_content_with_the_files_that_were_run(database: Target, on: On) -> None:
    assert on(database)("db", "verify").code == 0


def test_log_holds_the_downgrade(database: Target, on: On) -> None:
    on(database)("db", "downgrade", "-1")

    newest = on(database)("db", "log", "--output", "json").json[0]

    assert (newest["action"], newest["revision"], newest["outcome"]) == ("downgrade", IDS[-1], "done")


def test_history_tells_who_applied_what(database: Target, on: On) -> None:
    entry = on(database)("db", "history", "--output", "json").json[0]

    assert (entry["revision"], entry["state"]) == (IDS[-1], "current")
    assert "@" in entry["applied_by"]


def test_missing_revision_is_explained(database: Target, on: On, tmp_path: Path) -> None:
    cli, _later = ahead(on, database, tmp_path)

    result = cli("db", "current")

    assert result.code == 3
    assert "stands at revision '0a0a0a0a0a0a' ('add phone', applied 20" in result.err
    assert "alphanest db history --source 0a0a0a0a0a0a" in result.err


def test_lost_file_comes_back_from_the_database(database: Target, on: On, tmp_path: Path) -> None:
    cli, _later = ahead(on, database, tmp_path)

    result = cli("db", "history", "--source", "0a0a")

    assert (result.code, result.out) == (0, LATER.format(head=IDS[-1]))


def test_downgrade_works_without_the_file(database: Target, on: On, tmp_path: Path) -> None:
    cli, _later = ahead(on, database, tmp_path)

    result = cli("db", "downgrade", IDS[-1], "--use-remembered-source")

    assert result.code == 0, result.err
    assert fetch(database, PHONE) == [(0,)]


def test_remembered_code_is_not_run_unasked(database: Target, on: On, tmp_path: Path) -> None:
    cli, _later = ahead(on, database, tmp_path)
    marker = tmp_path / "was_run"
    execute(database, f"UPDATE alphanest_admin.migration_history SET source = $$open({str(marker)!r}, 'w')$$")

    result = cli("db", "downgrade", IDS[-1], "--dry-run")

    assert (result.code, marker.exists()) == (3, False)


def test_blockers_are_refused_in_ci(deployed_database: Target, on: On) -> None:
    sleeper = connect(deployed_database)
    with sleeper.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trades")
        time.sleep(10.5)
        result = on(deployed_database)("db", "upgrade", CI="true")
    sleeper.close()

    assert result.code == 3
    assert "transactions are in the way of the migration: idle transaction: process" in result.err


def test_flags_for_blockers_exclude_each_other(database: Target, on: On) -> None:
    result = on(database)("db", "upgrade", "--wait", "--abort")

    assert (result.code, "--wait and --abort exclude each other" in result.err) == (2, True)
