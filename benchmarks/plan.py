"""How long a plan takes, beside the run of the same revisions on tables without rows.

What costs is a process, a scratch database and a dump of the schema; the revisions themselves find empty tables.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.planning.plan import plan_upgrade
from alphanest_db.schema.runs import upgrade
from tests.conftest import new_database
from tests.servers import execute, installations, running_server

ROUNDS = 5
MANY_TABLES = 500
REVISIONS30 = Path(__file__).parent.parent / "tests" / "revisions30"


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        with running_server(installations()[0], Path(folder) / "server") as server:
            home = Path(folder) / "home"
            print(f"\na plan (median of {ROUNDS} rounds)")
            _print("plan of 1 revision, 8 tables", server, 0, lambda target: _plan(target, home, "+1"))
            _print("plan of 30 revisions, 8 tables", server, 0, lambda target: _plan(target, home, "head"))
            _print("upgrade by 30 revisions, 8 tables", server, 0, lambda target: upgrade(target, REVISIONS30))
            _print(
                f"plan of 30 revisions, {MANY_TABLES} tables", server, MANY_TABLES,
                lambda target: _plan(target, home, "head"),
            )  # fmt: skip


def _plan(target: Target, home: Path, revision: str) -> None:
    plan = plan_upgrade(target, REVISIONS30, home, os.environ, revision)
    assert all(item.error is None for item in plan.revisions), plan


def _print(title: str, server: Target, more_tables: int, act: Callable[[Target], object]) -> None:
    seconds = statistics.median(_time(server, more_tables, act) for _ in range(ROUNDS))
    print(f"  {title:<38} {seconds * 1000:8.0f} ms")


def _time(server: Target, more_tables: int, act: Callable[[Target], object]) -> float:
    with new_database(server, "template0") as target:
        upgrade(target, REVISIONS30, "r00")
        execute(target, "REFRESH MATERIALIZED VIEW order_totals")
        execute(target, *(f"CREATE TABLE more_{n} (id integer PRIMARY KEY, text text)" for n in range(more_tables)))
        begun = time.perf_counter()
        act(target)
        return time.perf_counter() - begun
