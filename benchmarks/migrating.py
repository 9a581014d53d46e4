"""Crowds and kills while migrating: each revision is applied once, and the next run always completes.

Ten revisions on a database of 200,000 rows, among them three indexes built CONCURRENTLY, which must stand being run twice.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from benchmarks.measuring import BIN, environment
from tests.servers import execute, fetch, installations, running_server

CROWD = 32
KILLS = int(os.environ.get("KILLS", "100"))
ROWS = 200_000
_STATEMENTS = (
    "op.execute('CREATE TABLE big AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, {rows}) AS n')",
    "op.execute('ALTER TABLE big ADD COLUMN a integer')",
    "concurrently('CREATE INDEX CONCURRENTLY IF NOT EXISTS big_name ON big (name)')",
    "op.execute('UPDATE big SET a = id')",
    "concurrently('CREATE INDEX CONCURRENTLY IF NOT EXISTS big_a ON big (a)')",
    "op.execute('ALTER TABLE big ALTER COLUMN a SET NOT NULL')",
    "op.execute('CREATE TABLE small (id integer PRIMARY KEY)')",
    "concurrently('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS big_id ON big (id)')",
    "op.execute('ALTER TABLE big ADD PRIMARY KEY USING INDEX big_id')",
    "op.execute('ALTER TABLE small ADD COLUMN big_id integer REFERENCES big')",
)
_FILE = '''"""step {number}"""
from alembic import op

revision = "{revision}"
down_revision = {parent!r}


def concurrently(statement):
    with op.get_context().autocommit_block():
        op.execute(statement)


def upgrade():
    {statement}
'''


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        revisions = _ten_revisions(folder / "migrations")
        with running_server(installations()[0], folder / "server") as server:
            environ = environment(ALPHANEST_MIGRATIONS=str(revisions), ALPHANEST_HOME=str(folder / "home"))
            applied = _crowd(server, environ)
            print(f"\n{CROWD} upgrades at once while indexes are built CONCURRENTLY: {applied}")
            completed = sum(_killed_then_completes(server, environ) for _ in range(KILLS))
            print(
                f"upgrade of ten revisions killed at a random moment: the next run completed {completed} of {KILLS} times"
            )


def _crowd(server: Target, environ: dict[str, str]) -> str:
    with _fresh_database(server) as target:
        processes = [_start(target, environ) for _ in range(CROWD)]
        failed = sum(process.wait() != 0 for process in processes)
        query = (
            "SELECT count(*), count(DISTINCT revision) FROM alphanest_admin.migration_history WHERE outcome = 'done'"
        )
        lines, distinct = fetch(target, query)[0]
        return f"{failed} failed, {distinct} revisions applied {lines} times"


def _killed_then_completes(server: Target, environ: dict[str, str]) -> bool:
    with _fresh_database(server) as target:
        process = _start(target, environ)
        time.sleep(random.uniform(0.2, 3.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        code = _start(target, environ).wait()
        invalid = fetch(target, "SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        indexes = fetch(target, "SELECT count(*) FROM pg_indexes WHERE tablename IN ('big', 'small')")
        return code == 0 and invalid == [(0,)] and indexes == [(4,)]


def _start(target: Target, environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [str(BIN / "alphanest"), "db", "upgrade"], env=environ | {"DATABASE_URL": target.url(show_password=True)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@contextlib.contextmanager
def _fresh_database(server: Target) -> Iterator[Target]:
    target = server.with_database(f"run_{random.getrandbits(48):x}")
    execute(server, f"CREATE DATABASE {target.database} TEMPLATE template0")
    yield target
    execute(server, f"DROP DATABASE {target.database} WITH (FORCE)")


def _ten_revisions(folder: Path) -> Path:
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(migrations_folder() / name, folder / name)
    parent = None
    for number, statement in enumerate(_STATEMENTS):
        revision = f"{number:012x}"
        text = _FILE.format(number=number, revision=revision, parent=parent, statement=statement.format(rows=ROWS))
        (folder / "versions" / f"{number:02}.py").write_text(text)
        parent = revision
    return folder
