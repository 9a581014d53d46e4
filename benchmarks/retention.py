"""The newest proved backup stays, whatever happened: 100,000 random histories, and a prune that is killed at random moments.

Goals: no history in which pruning removes the newest backup that was restored, or read whole, or is sound at all. After no kill is
a backup half there, or one gone that the rules keep, and the next prune does the rest.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alphanest_db.backup.retention import Candidate, KeepRules, Soundness
from alphanest_db.backup.store import Store
from benchmarks.measuring import BIN, environment
from tests.backup_scenes import put
from tests.unit.test_retention import check_history

SEED = 2026
HISTORIES = 100_000
KILLS = 50
BACKUPS, KEPT = 60, 3
BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
STATES = [state for state in Soundness if state is not Soundness.damaged]


def main() -> None:
    """Print the figures."""
    chance, begun, backups = random.Random(SEED), time.monotonic(), 0
    for number in range(HISTORIES):
        history = _history(chance)
        backups += len(history)
        check_history(history, _rules(chance, number))
    print(
        f"{HISTORIES:,} histories with {backups:,} backups (seed {SEED}): the newest proved one stayed in all, "
        f"{time.monotonic() - begun:.0f} s"
    )
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        midway = [_killed(Path(folder) / str(number), chance) for number in range(KILLS)]
    print(f"prune killed {KILLS} times, {sum(midway)} of them midway: no backup half there, none gone that should stay")


def _killed(home: Path, chance: random.Random) -> bool:
    """Whether the kill came in the middle of the removing."""
    store = Store(home / "backups")
    for number in range(BACKUPS):
        put(store, f"20250101-0000{number:02}-nest-7c1e", data=os.urandom(1 << 16), at=BEGUN + timedelta(days=number))
    command = [str(BIN / "alphanest"), "backup", "prune", f"--keep-last={KEPT}", "--yes"]
    environ = environment(ALPHANEST_HOME=str(home))
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(store.list().backups) == BACKUPS and process.poll() is None:
        time.sleep(0.001)
    time.sleep(chance.random() * 0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = store.list()
    assert not left.damaged
    assert len(left.backups) >= KEPT
    newest = [backup.id for backup in left.backups[:KEPT]]
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert [backup.id for backup in store.list().backups] == newest
    assert not list(store.folder.glob(".removed-*"))
    return KEPT < len(left.backups) < BACKUPS


def _history(chance: random.Random) -> list[Candidate]:
    """Backups at random times, often several in a day, of two databases, in any state; some are needed by a migration."""
    spread = chance.choice((1, 10, 100, 1000))
    return [
        Candidate(
            str(number), chance.choice("ab"), BEGUN + timedelta(days=chance.random() * spread), chance.choice(STATES), 10,
            "a migration" if chance.random() < 0.05 else None,
        )
        for number in range(chance.randint(0, 20))
    ]  # fmt: skip


def _rules(chance: random.Random, number: int) -> KeepRules:
    counts = [chance.choice((0, 0, 1, 2, 5)) for _ in range(4)]
    counts[number % 4] = counts[number % 4] or 1
    return KeepRules(*counts)
