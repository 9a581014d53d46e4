"""A page of a million users, all of them as a stream, and an import beside pure bcrypt on as many threads.

Goals: a page in well under a second, flat memory, and at most 1.1 times the time that bcrypt alone takes.
"""

import csv
import os
import resource
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.measuring import BIN, Contender, compare, environment
from tests.conftest import new_database
from tests.servers import execute, installations, running_server

USERS = int(os.environ.get("BENCH_USERS", "1000000"))
IMPORTED = int(os.environ.get("BENCH_IMPORTED", "100000"))
COST = 4
ROWS = (
    """INSERT INTO users (id, email, username, hashed_password, api_key, is_active, created_at)
       SELECT md5('u' || n), 'user' || n || '@example.com', 'user' || n, '!', NULL, n % 10 <> 0,
              timestamptz '2024-01-01' + n * interval '1 minute' FROM generate_series(1, {users}) AS n""",
    """INSERT INTO subscriptions (id, user_id, status, plan_type)
       SELECT md5('s' || n), md5('u' || n), 'trial', 'monthly' FROM generate_series(1, {users}) AS n""",
    """INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage)
       SELECT md5('t' || n), md5('u' || (n % {users} + 1)), 'BTC/USDT', 'a', 'b', 1, 2, 1, 1
       FROM generate_series(1, 3 * {users}) AS n""",
    "VACUUM ANALYZE",
)
DEPLOYED = "d9a4a7469274"
PAGES = (
    ("list",), ("list", "--after", "user5"), ("list", "--sort", "newest"), ("list", "--search", "user77777"),
    ("list", "--status", "expired"), ("show", "user777"),
)  # fmt: skip


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        with (
            running_server(installations()[0], Path(folder) / "server") as server,
            new_database(server, "template0") as target,
        ):
            _lists(target)
            _import(target, Path(folder) / "users.csv")


def _lists(target: Target) -> None:
    environ = environment(DATABASE_URL=target.url(show_password=True))
    for revision in (DEPLOYED, "head"):
        upgrade(target, migrations_folder(), revision)
        if revision == DEPLOYED:
            execute(target, *(rows.format(users=USERS) for rows in ROWS))
        contenders = [Contender(" ".join(page), [str(BIN / "alphanest"), "user", *page]) for page in PAGES]
        compare(f"{USERS:,} users, {3 * USERS:,} trades, {revision}", contenders, environ, rounds=5)
    for form in ("csv", "json"):
        begun = time.perf_counter()
        command = [str(BIN / "alphanest"), "user", "list", "--all", "--output", form]
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)
        megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"  --all as {form}: {time.perf_counter() - begun:.1f} s, at most {megabytes:.0f} MB so far")


def _import(target: Target, file: Path) -> None:
    passwords = [f"some password {n}" for n in range(IMPORTED)]
    with file.open("w", newline="") as rows:
        csv.writer(rows).writerows([("username", "email", "password")] + [
            (f"imported{n}", f"imported{n}@example.com", password) for n, password in enumerate(passwords)
        ])  # fmt: skip
    execute(target, "TRUNCATE users CASCADE")
    environ = environment(DATABASE_URL=target.url(show_password=True), ALPHANEST_BCRYPT_COST=str(COST))
    rival = _pure_bcrypt(passwords)
    begun = time.perf_counter()
    command = [str(BIN / "alphanest"), "user", "import", str(file)]
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - begun
    print(f"\n{IMPORTED:,} users imported, bcrypt cost {COST}")
    print(f"  bcrypt alone on {os.cpu_count()} threads {rival:.1f} s, import {seconds:.1f} s: {seconds / rival:.2f} x")


def _pure_bcrypt(passwords: list[str]) -> float:
    batches = [passwords[start : start + 50] for start in range(0, len(passwords), 50)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda batch: [bcrypt.hashpw(p.encode(), bcrypt.gensalt(COST)) for p in batch], batches))
    return time.perf_counter() - begun
