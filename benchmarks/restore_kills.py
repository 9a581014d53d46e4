"""Backups, restores, undos and clean-ups killed (-9) at random moments: is the live database always the old or the new one?"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import psutil

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.restore.compare import read_contents
from alphanest_db.backup.store import Store
from alphanest_db.database.scratch import PREFIX
from alphanest_db.database.target import Target
from benchmarks.measuring import ROOT, environment
from tests.restore_scenes import fill
from tests.servers import execute, fetch, installations, running_server

KILLS = 200
SEED = 4
COMMANDS = (
    ("backup",), ("backup", "--format", "directory"), ("restore", "latest", "--yes"), ("restore", "latest", "--yes"),
    ("restore", "undo", "--yes"), ("backup", "verify"), ("backup", "prune", "--keep-last", "2", "--yes"),
    ("restore", "clean-up", "--keep", "1", "--yes"),
)  # fmt: skip
_PATIENCE_SECONDS = 5.0
_USUAL_SECONDS = 1.5


@dataclass
class Tally:
    """What was found after all kills."""

    kills: int = 0
    ended_before: int = 0
    neither_old_nor_new: list[str] = field(default_factory=list)
    failed_after: list[str] = field(default_factory=list)
    broken_backups: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Scene:
    """A live database of two states, and the program on it."""

    def __init__(self, live: Target, home: Path) -> None:
        self.live = live
        self.store = Store(home / "backups")
        self.temporary = home / "tmp"
        self.temporary.mkdir(parents=True)
        self.environ = environment(
            ALPHANEST_HOME=str(home),
            TMPDIR=str(self.temporary),
            DATABASE_URL=live.url(show_password=True),
            PYTHONPATH=str(ROOT),
            RESTORE_KILLS=str(home),
        )
        self.states: dict[str, str] = {}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command from beginning to end."""
        command = [sys.executable, "-m", "alphanest_db", *arguments]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A command that is going to be killed."""
        command = [sys.executable, "-m", "alphanest_db", *arguments]
        return subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def state(self) -> str:
        """A name for all that the live database holds."""
        contents = read_contents(self.live, jobs=1)
        return str(hash((contents.tables, contents.sequences, contents.large_objects)))

    def children(self) -> list[str]:
        """Processes of ours that are still there."""
        found = []
        for process in psutil.process_iter(["name"]):
            try:
                if (
                    process.pid != os.getpid()
                    and process.environ().get("RESTORE_KILLS") == self.environ["RESTORE_KILLS"]
                ):
                    found.append(f"{process.info['name']} {process.pid}")
            except psutil.Error:
                continue
        return found

    def strays(self) -> list[str]:
        """Databases that nobody should see."""
        query = f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"
        return [str(row[0]) for row in fetch(self.live.with_database("postgres"), query)]


def main() -> None:
    """Kill, look, go on; print what was found."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_server(installations()[0], folder / "server", settings="fsync = off\n") as server:
            execute(server, "CREATE DATABASE live")
            scene = Scene(server.with_database("live"), folder / "home")
            two_states(scene)
            tally = kill_at_random(scene, KILLS, random.Random(SEED), how_long(scene))
    tell(tally)


def tell(tally: Tally) -> None:
    """Print what was found."""
    print(
        f"\n{tally.kills} kills at random moments, and {tally.ended_before} commands that were done before (seed {SEED})"
    )
    for item in fields(tally):
        found = getattr(tally, item.name)
        if isinstance(found, list):
            print(f"  {item.name.replace('_', ' ')}: {len(found)}")
            for line in found[:5]:
                print(f"    {line}")


def two_states(scene: Scene) -> None:
    """A backup of one state of the live database, which is in another one then, without large objects: see `streaming`."""
    fill(scene.live)
    scene.states["full"] = scene.state()
    done = scene.run("backup")
    assert done.returncode == 0, done.stderr
    execute(
        scene.live, "DELETE FROM events", "DELETE FROM people WHERE id > 150",
        "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
        "INSERT INTO events SELECT '2025-03-03', repeat('much', 50), 1 FROM generate_series(1, 20000)",
    )  # fmt: skip
    scene.states["half"] = scene.state()


def how_long(scene: Scene, commands: Sequence[tuple[str, ...]] = COMMANDS) -> dict[tuple[str, ...], float]:
    """How many seconds each command takes when nobody kills it."""
    seconds = {}
    for command in dict.fromkeys(commands):
        begun = time.monotonic()
        done = scene.run(*command)
        assert done.returncode == 0, (command, done.stderr)
        seconds[command] = time.monotonic() - begun
    return seconds


def kill_at_random(
    scene: Scene, kills: int, chance: random.Random, seconds: dict[tuple[str, ...], float] | None = None
) -> Tally:
    """Kill commands, each within the time that it takes, and hold all promises against what is left."""
    tally = Tally()
    while tally.kills < kills:
        command = chance.choice(COMMANDS)
        before = scene.state()
        kill(scene, command, chance, (seconds or {}).get(command, _USUAL_SECONDS), tally)
        _look(scene, command, before, tally)
    return tally


def kill(scene: Scene, command: tuple[str, ...], chance: random.Random, seconds: float, tally: Tally) -> None:
    """Start the command and kill it within the time that it takes; processes of its own must end with it."""
    process = scene.start(*command)
    time.sleep(chance.uniform(0, seconds * 1.1))
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
        tally.kills += 1
    else:
        tally.ended_before += 1
    process.wait()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (left := scene.children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    tally.processes += [f"{' '.join(command)}: {item}" for item in left]


def _look(scene: Scene, command: tuple[str, ...], before: str, tally: Tally) -> None:
    words = " ".join(command)
    state = scene.state()
    if state not in scene.states.values():
        tally.neither_old_nor_new.append(f"{words}: {state}")
    if not command[0].startswith("restore") and state != before:
        tally.neither_old_nor_new.append(f"{words} changed the live database")
    listing = scene.store.list()
    tally.broken_backups += [f"{words}: {damaged.id}: {damaged.reason}" for damaged in listing.damaged]
    for backup in listing.backups:
        verify_checksums(backup)
    after = scene.run(*(("backup",) if state == scene.states["half"] else ("restore", listing.backups[-1].id, "--yes")))
    if after.returncode:
        tally.failed_after.append(f"{words}, then: {after.stderr.strip()}")
    tally.databases += [f"{words}: {name}" for name in scene.strays()]
    tally.databases += [f"{words}: {path.name}" for path in scene.store.folder.glob(".partial-*")]
    if sys.platform == "linux":  # elsewhere what pg_restore reads from us needs a name
        tally.files += [f"{words}: {path.name}" for path in scene.temporary.iterdir()]
