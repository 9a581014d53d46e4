"""Crowds, kills and long transactions while migrating: each revision is applied once, the next run always completes, nobody waits.

Ten revisions on a database of 200,000 rows, among them three indexes built CONCURRENTLY, which must stand being run twice.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.database.connect import connect, session
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from benchmarks.measuring import BIN, environment
from tests.servers import execute, fetch, installations, running_server

CROWD = 32
KILLS = int(os.environ.get("KILLS", "100"))
HOLD_SECONDS = float(os.environ.get("HOLD_SECONDS", "60"))
LOCK_TIMEOUT_SECONDS = 2
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
            print(
                f"a SELECT holds a table for {HOLD_SECONDS:.0f} s while a revision alters it: {_held(server, environ)}"
            )
            completed = sum(_killed_then_completes(server, environ) for _ in range(KILLS))
            print(
                "upgrade of ten revisions killed at a random moment: the next run completed, and drift was clean, "
                f"{completed} of {KILLS} times"
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
        completed = _start(target, environ).wait() == 0
        drift = subprocess.run(
            [str(BIN / "alphanest"), "db", "drift"], env=environ | {"DATABASE_URL": target.url(show_password=True)},
            stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        indexes = fetch(target, "SELECT count(*) FROM pg_indexes WHERE tablename IN ('big', 'small')")
        return completed and drift.returncode == 0 and indexes == [(4,)]


def _held(server: Target, environ: dict[str, str]) -> str:
    """How long queries on the table waited while an old transaction kept the revision from it."""
    with _fresh_database(server) as target, session(target) as prober, prober.cursor() as cursor:
        assert _start(target, environ, "+1").wait() == 0
        released = threading.Timer(HOLD_SECONDS, lambda: None)
        waits = []
        with connect(target) as holder, holder.cursor() as held:
            held.execute("SELECT count(*) FROM big")
            released.start()
            migrating = _start(target, environ, "+1", f"--lock-timeout={LOCK_TIMEOUT_SECONDS}", "--retries=100")
            while released.is_alive():
                begun = time.monotonic()
                cursor.execute("SELECT FROM big LIMIT 1")
                waits.append(time.monotonic() - begun)
                time.sleep(0.01)
        holder.close()
        code = migrating.wait()
        outcome = "then it was applied" if code == 0 else f"then it ended with {code}"
        waited = sum(wait > LOCK_TIMEOUT_SECONDS / 2 for wait in waits)
        return (
            f"{len(waits)} queries, {waited} of them behind the migrator, the longest {max(waits):.2f} s "
            f"at a lock timeout of {LOCK_TIMEOUT_SECONDS} s; {outcome}"
        )


def _start(target: Target, environ: dict[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [str(BIN / "alphanest"), "db", "upgrade", *arguments], env=environ | {"DATABASE_URL": target.url(show_password=True)},
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
