"""Plain `alembic` from the root of a checkout, by the same env.py."""

import subprocess
import sys
from pathlib import Path

from alphanest_db.database.locks import MIGRATOR, advisory_lock
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from tests.conftest import ROOT, Cli, On
from tests.servers import execute, fetch


def alembic(cli: Cli, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Alembic's own program in the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "alembic.config", *arguments],
        env=cli.environ, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_upgrade_head_works(empty_database: Target, on: On) -> None:
    result = alembic(on(empty_database), "upgrade", "head")

    assert result.returncode == 0, result.stderr
    assert on(empty_database)("db", "check").code == 0


def test_index_of_an_interrupted_build_is_built_anew(deployed_database: Target, on: On) -> None:
    execute(
        deployed_database,
        "CREATE INDEX ix_trades_user_id ON trades (user_id)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_trades_user_id'::regclass",
    )

    result = alembic(on(deployed_database), "upgrade", "head")

    assert (result.returncode, "dropped the INVALID index ix_trades_user_id" in result.stderr) == (0, True)
    assert fetch(deployed_database, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


def test_password_with_a_percent_sign_works(server: Target, database: Target, on: On) -> None:
    role = f"percent_{database.database}"
    execute(server, f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 's%cr%%t@/:#'")
    target = Target(database.host, database.port, role, database.database, "s%cr%%t@/:#")

    result = alembic(on(target), "current")
    execute(server, f"DROP ROLE {role}")

    assert (result.returncode, "(head)" in result.stdout) == (0, True), result.stderr


def test_current_shows_no_password(database: Target, on: On) -> None:
    result = alembic(on(database), "current")

    assert database.password
    assert database.password not in result.stdout + result.stderr


def test_it_waits_for_a_migrator(deployed_database: Target, on: On) -> None:
    with advisory_lock(deployed_database, MIGRATOR, wait_seconds=1):
        process = subprocess.Popen(
            [sys.executable, "-m", "alembic.config", "upgrade", "head"],
            env=on(deployed_database).environ, cwd=ROOT, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(timeout=4)
        except subprocess.TimeoutExpired:
            waited = True
        else:
            waited = False
        assert fetch(deployed_database, "SELECT version_num FROM alembic_version") == [("d9a4a7469274",)]
    assert (waited, process.wait(timeout=120)) == (True, 0)


def test_script_is_the_one_of_db_sql(empty_database: Target, on: On) -> None:
    plain = alembic(on(empty_database), "upgrade", "head", "--sql")

    assert plain.stdout == on(empty_database)("db", "sql").out


def test_migrations_folder_of_a_checkout_is_beside_the_package() -> None:
    assert migrations_folder() == ROOT / "migrations"


def test_own_migrations_folder_is_used(empty_database: Target, on: On, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (folder / name).write_text((ROOT / "migrations" / name).read_text())
    (folder / "versions" / "one.py").write_text(
        '"""one"""\nfrom alembic import op\nrevision = "0001"\ndown_revision = None\n\n\n'
        'def upgrade() -> None:\n    op.execute("CREATE TABLE one (id int)")\n'
    )

    assert upgrade(empty_database, folder).current == ("0001",)
    result = on(empty_database)("db", "current", "--output", "json", ALPHANEST_MIGRATIONS=str(folder))
    assert result.json["current"] == ["0001"]
