"""A repair of a whole platform, its undo, and both killed (-9): how long, how much memory, and is it always all or nothing?

REPAIR_TRADES (3,000,000) is how many trades there are, 0 to leave that part out, REPAIR_KILLS (100) how many repairs and undos are
killed, on REPAIR_KILL_TRADES (120,000).
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.checks import rows
from benchmarks.measuring import ROOT, environment
from tests.conftest import new_database
from tests.journal_scenes import contents
from tests.servers import execute, fetch, installations, running_server

TRADES = int(os.environ.get("REPAIR_TRADES", "3000000"))
KILLS = int(os.environ.get("REPAIR_KILLS", "100"))
KILL_TRADES = int(os.environ.get("REPAIR_KILL_TRADES", "120000"))
TRADES_PER_USER = 30
SEED = 5
LOCALE = "template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8'"
CHECKS = ("check", "integrity", "--skip", "creator-links", "--skip", "unused-indexes")
FIX = (*CHECKS, "--fix", "--yes")
UNDO = ("check", "undo", "1", "--yes")
# A share of everything that is repaired, past the triggers: constraints stay as they are, valid or not.
PLANT = """
SET session_replication_role = replica;
SELECT setseed(0.5);
DELETE FROM users WHERE random() < 0.002;
UPDATE trades SET user_id = 'ghost' || left(id, 4) WHERE random() < 0.001;
DELETE FROM subscriptions WHERE random() < 0.005;
DELETE FROM market_booths WHERE random() < 0.002;
UPDATE nft_items SET booth_id = (SELECT min(id) FROM market_booths) WHERE random() < 0.002;
UPDATE market_booths SET active_listings = 77 WHERE random() < 0.002;
ALTER TABLE subscriptions DROP CONSTRAINT ck_subscriptions_status, DROP CONSTRAINT subscriptions_user_id_fkey;
UPDATE subscriptions SET status = ' Trial' WHERE random() < 0.002;
ALTER TABLE subscriptions
    ADD CONSTRAINT ck_subscriptions_status CHECK (status IN ('trial', 'active', 'cancelled', 'expired')) NOT VALID,
    ADD CONSTRAINT subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID;
"""
CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint"
    " WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace ORDER BY 1, 2"
)
# The transaction of a repair has changed something, and is not over.
AT_WORK = (
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'alphanest repair'"
    " AND backend_xid IS NOT NULL"
)
READ = "SELECT (SELECT id FROM trades LIMIT 1), (SELECT id FROM users LIMIT 1), (SELECT id FROM nft_items LIMIT 1)"


@dataclass(frozen=True)
class Done:
    """What a command came to, and what it took."""

    code: int
    out: str
    err: str
    seconds: float
    peak_mb: float

    @property
    def figures(self) -> str:
        """For people."""
        return f"{self.seconds:6.1f} s, {self.peak_mb:4.0f} MB"


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        settings = "fsync = off\nmax_wal_size = 8GB\n"
        with running_server(installations()[0], Path(folder) / "server", settings=settings) as server:
            if TRADES:
                _whole(server, Path(folder) / "home")
            _kills(server, Path(folder) / "home")


def _whole(server: Target, home: Path) -> None:
    """Repair, undo, repair, backup, restore."""
    with new_database(server, LOCALE) as target:
        _fill(target, TRADES)
        before, constraints = contents(target), fetch(target, CONSTRAINTS)
        print(f"\n{TRADES:,} trades, {_found(target, home):,} findings that are repaired or follow from them")
        dry = _run(target, home, *CHECKS, "--fix", "--dry-run")
        print(f"  dry run          {dry.figures}; nothing changed: {contents(target) == before}")
        with _reading(target) as waits:
            done = _run(target, home, *FIX, "--output", "json")
        changed = sum(change["rows"] for change in json.loads(done.out)["changes"])
        print(
            f"  repair           {done.figures}; {changed:,} changes; longest wait of {len(waits):,} reads {max(waits):.2f} s"
        )
        print(f"    findings left  {_found(target, home)}; constraints not valid {_not_valid(target)}")
        with _reading(target) as waits:
            undone = _run(target, home, *UNDO)
        same = (contents(target), fetch(target, CONSTRAINTS)) == (before, constraints)
        print(
            f"  undo             {undone.figures}; all as before: {same}; longest wait of {len(waits):,} reads {max(waits):.2f} s"
        )
        _run(target, home, *FIX)
        backup, restored = _run(target, home, "backup"), _run(target, home, "restore", "latest", "--yes")
        print(
            f"  backup, restore  exit {backup.code}, {restored.code}; constraints not valid {_not_valid(target)};"
            f" findings {_found(target, home)}"
        )
        _many(target, home)


def _many(target: Target, home: Path) -> None:
    """A third of all trades are orphans."""
    execute(target, "SET session_replication_role = replica; UPDATE trades SET user_id = 'ghost' WHERE id < '5'")
    before = contents(target)
    done = _run(target, home, *FIX, "--output", "json")
    report = json.loads(done.out)
    undone = _run(target, home, "check", "undo", str(report["run"]), "--yes")
    same = contents(target) == before
    print(
        f"  {report['changes'][0]['rows']:,} orphans: repair {done.figures}, undo {undone.figures}; as before: {same}"
    )


def _kills(server: Target, home: Path) -> None:
    """Repairs and undos, each on a copy of one database and killed at a random moment of its work, some before and some after."""
    rng = random.Random(SEED)
    tally: Counter[tuple[str, str]] = Counter()
    with new_database(server, LOCALE) as broken, new_database(server, LOCALE) as repaired:
        _fill(broken, KILL_TRADES)
        before = contents(broken)
        with new_database(server, broken.database) as copy:
            to_repair = _seconds_of_work(copy, home, FIX, runs=1)
            copied = f"CREATE DATABASE {repaired.database} TEMPLATE {copy.database}"
            execute(server, f"DROP DATABASE {repaired.database}", copied)
            to_undo = _seconds_of_work(copy, home, UNDO, runs=0)
        after = contents(repaired)
        for number in range(KILLS):
            undoes = number % 3 == 2
            with new_database(server, repaired.database if undoes else broken.database) as target:
                work = to_undo if undoes else to_repair
                place = _kill(target, home, UNDO if undoes else FIX, rng.uniform(-0.1, 1.15) * work)
                now, is_repaired = contents(target), _runs(target) > 0
                whole = _found(target, home) == 0 if is_repaired else now == before
                unchanged = now == (after if undoes else before)
                tally[place, "nothing" if unchanged else "everything" if whole else "something between"] += 1
                tally["afterwards", "not repairable"] += _run(target, home, *FIX).code != 0
    print(f"\n{KILLS} kills of repairs (at work for {to_repair:.1f} s) and undos ({to_undo:.1f} s)")
    for (place, done), times in sorted(tally.items()):
        print(f"  {place:12} {done:18} {times:3}")


def _seconds_of_work(target: Target, home: Path, command: tuple[str, ...], *, runs: int) -> float:
    """How long the command takes from its first change to the commit; waits for its end."""
    process = _start(target, home, command)
    _wait_for_work(target, process)
    begun = time.monotonic()
    while _runs(target) != runs:
        time.sleep(0.01)
    seconds = time.monotonic() - begun
    process.communicate()
    return seconds


def _kill(target: Target, home: Path, command: tuple[str, ...], seconds: float) -> str:
    """Start it, kill it so long after its first change (before that, where negative), and say in the midst of what it was."""
    process = _start(target, home, command)
    if seconds < 0:
        time.sleep(-seconds)
    else:
        _wait_for_work(target, process)
        time.sleep(seconds)
    was_at_work = fetch(target, AT_WORK) == [(True,)]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    others = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while fetch(target, others):
        time.sleep(0.02)
    return "in the midst" if was_at_work else "before" if seconds < 0 else "after"


def _wait_for_work(target: Target, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None and fetch(target, AT_WORK) == [(False,)]:
        time.sleep(0.005)


def _runs(target: Target) -> int:
    """How many repairs there are that were not undone."""
    if fetch(target, "SELECT to_regclass('alphanest_admin.journal_runs') IS NULL") == [(True,)]:
        return 0
    return len(fetch(target, "SELECT FROM alphanest_admin.journal_runs WHERE undone_at IS NULL"))


def _fill(target: Target, trades: int) -> None:
    upgrade(target, migrations_folder())
    execute(target, rows(trades // TRADES_PER_USER, trades), "ANALYZE", PLANT, "VACUUM ANALYZE")


def _found(target: Target, home: Path) -> int:
    report = json.loads(_run(target, home, *CHECKS, "--output", "json").out)
    return sum(result["count"] for result in report["checks"])


def _not_valid(target: Target) -> int:
    return sum(not row[2] for row in fetch(target, CONSTRAINTS))


@contextlib.contextmanager
def _reading(target: Target) -> Iterator[list[float]]:
    """Somebody who reads all the time; how long each read took, in seconds."""
    waits = [0.0]
    stopped = threading.Event()

    def read() -> None:
        while not stopped.wait(0.01):
            begun = time.monotonic()
            fetch(target, READ)
            waits.append(time.monotonic() - begun)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield waits
    finally:
        stopped.set()
        reader.join()


def _start(target: Target, home: Path, command: tuple[str, ...]) -> "subprocess.Popen[str]":
    environ = environment(
        DATABASE_URL=target.url(show_password=True), ALPHANEST_HOME=str(home), PYTHONPATH=str(ROOT), PYTHONUTF8="1"
    )
    return subprocess.Popen(
        [sys.executable, "-m", "alphanest_db", *command],
        env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _run(target: Target, home: Path, *command: str) -> Done:
    begun = time.monotonic()
    process = _start(target, home, command)
    peak = _Peak(process.pid)
    out, err = process.communicate()
    if process.returncode not in (0, 1):
        print(f"  {' '.join(command)}: exit {process.returncode}: {err}")
    return Done(process.returncode, out, err, time.monotonic() - begun, peak.mb())


class _Peak:
    """The most memory that a process took, looked at all the time."""

    def __init__(self, pid: int) -> None:
        self._most = 0
        self._watcher = threading.Thread(target=self._watch, args=(psutil.Process(pid),))
        self._watcher.start()

    def mb(self) -> float:
        self._watcher.join()
        return self._most / 2**20

    def _watch(self, process: psutil.Process) -> None:
        with contextlib.suppress(psutil.Error):
            while process.status() != psutil.STATUS_ZOMBIE:
                self._most = max(self._most, process.memory_info().rss)
                time.sleep(0.02)
