"""What a rehearsal takes, and how near its figures are to what an upgrade of the same database then takes."""

import os
import statistics
import tempfile
import time
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.rehearsal.model import Direction, Rehearsal
from alphanest_db.schema.rehearsal.rehearse import rehearse_live
from alphanest_db.schema.runs import upgrade
from tests.conftest import FIXTURES, new_database
from tests.servers import execute, fetch, installations, running_server

ROUNDS = 3
USERS, TRADES = 20_000, 400_000
ROWS = (
    f"""INSERT INTO users (id, email, username, hashed_password)
        SELECT 'b' || n, 'b' || n || '@example.com', 'bench' || n, '!' FROM generate_series(1, {USERS}) n""",
    f"""INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage)
        SELECT 'b' || n, 'b' || n % {USERS} + 1, 'BTC/USD', 'a', 'b', n, n + 1, 1, 0.1 FROM generate_series(1, {TRADES}) n""",
)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        with running_server(installations()[0], Path(folder) / "server", settings="") as server:
            rounds = [_round(server, Path(folder) / "home") for _ in range(ROUNDS)]
    print(f"\na rehearsal of the platform's migrations over {TRADES:,} trades (median of {ROUNDS} rounds)")
    for title in rounds[0]:
        print(f"  {title:<42} {statistics.median(item[title] for item in rounds):8.2f}")


def _round(server: Target, home: Path) -> dict[str, float]:
    with new_database(server, "template0") as target:
        execute(target, *((FIXTURES / f"deployed_{part}.sql").read_text() for part in ("schema", "rows")))
        execute(target, *ROWS, "VACUUM ANALYZE")
        [(size_bytes,)] = fetch(target, "SELECT pg_database_size(current_database())")
        begun = time.perf_counter()
        found = rehearse_live(target, migrations_folder(), home, os.environ)
        whole = time.perf_counter() - begun
        assert found.is_fine, found
        run = upgrade(target, migrations_folder())
        real = sum(step.duration_seconds for step in run.steps)
        return {
            "size of the database, MB": int(str(size_bytes)) / 1e6,
            "the whole rehearsal, s": whole,
            "of that the copy, s": found.copy_seconds,
            "of that up, down and up again, s": sum(step.duration_seconds for step in found.steps),
            "the way up as rehearsed, s": _up(found),
            "the upgrade afterwards, s": real,
            "rehearsed / upgraded": _up(found) / real,
        }


def _up(found: Rehearsal) -> float:
    return sum(step.duration_seconds for step in found.steps if step.direction is Direction.up)
