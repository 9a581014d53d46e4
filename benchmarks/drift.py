"""Which kinds of drift are found, and how long that takes beside `alembic check`, which misses most of them.

Goal: every kind on every version of PostgreSQL, no false alarm, and an answer in seconds with hundreds of tables too.
"""

import shutil
import tempfile
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.measuring import BIN, Contender, compare, environment
from tests.conftest import new_database
from tests.drift_scenes import CASES, ROLES, SCHEMA, drifts_of, labels, read
from tests.servers import execute, installations, running_server

BASE = "base"
MANY_TABLES = 500
REVISION = """
from alembic import op
revision = "many"
down_revision = None
def upgrade():
    for number in range({tables}):
        op.execute(f"CREATE TABLE many_{{number}} (id serial PRIMARY KEY, name text NOT NULL, amount numeric CHECK (amount > 0))")
        op.execute(f"CREATE INDEX ON many_{{number}} (name)")
"""
DRIFT = Contender("alphanest db drift", [str(BIN / "alphanest"), "db", "drift"])


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        for installation in installations():
            with running_server(installation, Path(folder) / f"server-{installation.version}") as server:
                print(f"\nPostgreSQL {installation.version}: {_kinds(server)}")
        with running_server(installations()[0], Path(folder) / "server") as server:
            _platform(server)
            _many_tables(server, Path(folder) / "migrations")


def _kinds(server: Target) -> str:
    """How many kinds are found, each in a database of its own, and how many differences there are where there is none."""
    execute(server, ROLES, f"CREATE DATABASE {BASE}")
    execute(server.with_database(BASE), SCHEMA)
    expected = read(server.with_database(BASE))
    found = 0
    for case in CASES:
        with new_database(server, BASE) as target:
            execute(target, case.change)
            found += labels(drifts_of(target, expected)) == sorted(case.found)
    with new_database(server, "template0") as target:
        execute(target, SCHEMA)
        return f"{found} of {len(CASES)} kinds of drift found, {len(drifts_of(target, expected))} false alarms"


def _platform(server: Target) -> None:
    with new_database(server, "template0") as target:
        upgrade(target, migrations_folder())
        environ = environment(DATABASE_URL=target.url(show_password=True))
        compare("the platform's schema", [DRIFT, Contender("alembic check", [str(BIN / "alembic"), "check"])], environ)


def _many_tables(server: Target, folder: Path) -> None:
    (folder / "versions").mkdir(parents=True)
    shutil.copy(migrations_folder() / "env.py", folder)
    (folder / "versions" / "many.py").write_text(REVISION.format(tables=MANY_TABLES))
    with new_database(server, "template0") as target:
        upgrade(target, folder)
        environ = environment(DATABASE_URL=target.url(show_password=True), ALPHANEST_MIGRATIONS=str(folder))
        compare(f"{MANY_TABLES} tables", [DRIFT], environ, rounds=3)
