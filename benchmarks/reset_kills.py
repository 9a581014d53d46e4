"""Resets killed (-9) at random moments: does the database always serve, as the old one or as the new one?

A client asks without pause meanwhile, and connects again when it is thrown out. KILLS says how many (100).
"""

import contextlib
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from alphanest_db.backup.restore.compare import read_contents
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError
from benchmarks.restore_kills import SEED, Scene, Tally, how_long, kill, tell
from tests.servers import execute, fetch, installations, running_server

KILLS = int(os.environ.get("KILLS", "100"))
USERS = 2000
COMMANDS = (
    ("reset", "--demo", "--yes"), ("reset", "--demo", "--drop-old", "--yes"), ("reset", "--empty", "--no-backup", "--yes"),
    ("reset", "--empty", "--no-backup", "--drop-old", "--yes"), ("reset", "--synthetic", "--yes"),
    ("reset", "--synthetic", "--no-backup", "--drop-old", "--yes"),
)  # fmt: skip
_USUAL_SECONDS = 3.0
_ROWS = {
    "--demo": (3, 3, 12, 3, 15), "--empty": (0, 0, 0, 0, 0), "--synthetic": (1000, 1000, 30_000, 1000, 5000),
}  # fmt: skip
_TABLES = ("users", "subscriptions", "trades", "market_booths", "nft_items")
_OLD = f"""
INSERT INTO users (id, email, username, hashed_password)
SELECT n, n || '@example.com', 'name' || n, '!' FROM generate_series(1, {USERS}) AS n;
INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage)
SELECT n, 1 + n % {USERS}, 'BTC/USDT', 'a', 'b', 1, 2, 1, 100 FROM generate_series(1, {USERS * 20}) AS n
"""


@dataclass
class ResetTally(Tally):
    """What was found after all kills; answers are those that a client got meanwhile."""

    wrong_answers: list[str] = field(default_factory=list)
    longest_silence_seconds: float = 0.0


class ResetScene(Scene):
    """A database whose rows are known, and a backup of it."""

    def prepare(self) -> None:
        """Make it, and remember what it holds."""
        assert self.run("init").returncode == 0
        execute(self.live, _OLD)
        done = self.run("backup", "--output", "json")
        assert done.returncode == 0, done.stderr
        self.backup = self.store.list().backups[0].id
        self.states = {"old": self.state()}

    def state(self) -> str:
        """The platform's rows: of the old ones all that they hold, of new ones how many there are, since no two are the same."""
        [rows] = fetch(self.live, f"SELECT {', '.join(f'(SELECT count(*) FROM {table})' for table in _TABLES)}")
        if rows in _ROWS.values():
            return str(rows)
        return str(hash(read_contents(self.live, jobs=1).tables))

    def is_old(self) -> bool:
        """Whether the live database is the one that was there in the beginning."""
        return self.state() == self.states["old"]


def main() -> None:
    """Kill, look, go on; print what was found."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_server(installations()[0], folder / "server", settings="fsync = off\n") as server:
            execute(server, "CREATE DATABASE live")
            scene = ResetScene(server.with_database("live"), folder / "home")
            scene.prepare()
            seconds: dict[tuple[str, ...], float] = {}
            for command in COMMANDS:
                seconds |= how_long(scene, [command])
                back(scene, ResetTally())
            tally = kill_resets(scene, KILLS, random.Random(SEED), seconds)
    tell(tally)
    print(f"  longest time without an answer: {tally.longest_silence_seconds * 1000:.0f} ms")


def kill_resets(
    scene: ResetScene, kills: int, chance: random.Random, seconds: dict[tuple[str, ...], float] | None = None
) -> ResetTally:
    """Kill resets, each within the time that it takes, and hold all promises against what is left."""
    tally = ResetTally()
    while tally.kills < kills:
        command = chance.choice(COMMANDS)
        expected = _ROWS[command[1]]
        with client(scene.live, {USERS, expected[0]}, tally):
            kill(scene, command, chance, (seconds or {}).get(command, _USUAL_SECONDS), tally)
        words = " ".join(command)
        if scene.state() not in (scene.states["old"], str(expected)):
            tally.neither_old_nor_new.append(words)
        tally.broken_backups += [f"{words}: {damaged.id}" for damaged in scene.store.list().damaged]
        back(scene, tally)
        tally.databases += [f"{words}: {name}" for name in scene.strays()]
    return tally


def back(scene: ResetScene, tally: Tally) -> None:
    """The next command finds its way, whatever the one before left: the old rows are there again, and nothing else is."""
    for command in (("restore", scene.backup, "--yes"), ("restore", "clean-up", "--yes")):
        done = scene.run(*command)
        if done.returncode:
            tally.failed_after.append(f"{' '.join(command)}: {done.stderr.strip()}")
    if not scene.is_old():
        tally.failed_after.append("the old rows did not come back")


@contextlib.contextmanager
def client(live: Target, right: set[int], tally: ResetTally) -> Iterator[None]:
    """Somebody who asks how many users there are, again and again."""
    done = threading.Event()

    def ask() -> None:
        last = time.monotonic()
        while not done.is_set():
            with contextlib.suppress(psycopg2.Error, AlphanestError), session(live) as connection:
                while not done.is_set():
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT count(*) FROM users")
                        [(users,)] = cursor.fetchall()
                    now = time.monotonic()
                    tally.longest_silence_seconds = max(tally.longest_silence_seconds, now - last)
                    last = now
                    if users not in right:
                        tally.wrong_answers.append(f"{users} users")
                    time.sleep(0.005)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
