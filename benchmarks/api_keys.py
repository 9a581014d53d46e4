"""A million keys listed, hashed and replaced; and a rotation that is killed again and again.

After each kill every user must have the key from before or one that the file tells; at the end, all keys of the file are in force.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.measuring import BIN, environment
from tests.cli.test_key_rotation import stored, told, untold
from tests.conftest import new_database
from tests.key_scenes import put_in_many
from tests.servers import installations, running_server

MANY = 1_000_000
KILLS = 100
KILLED_USERS = 20_000


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_server(installations()[0], folder / "server") as server:
            with new_database(server, "template0") as target:
                _million(target, folder)
            with new_database(server, "template0") as target:
                _kills(target, folder)


def _million(target: Target, folder: Path) -> None:
    upgrade(target, migrations_folder())
    put_in_many(target, MANY)
    print(f"\n{MANY:,} keys")
    _timed(target, ["key", "list", "--output", "csv"])
    _timed(target, ["key", "list", "--output", "json"])
    _timed(target, ["key", "harden", "--yes"])
    _timed(target, ["key", "rotate", "--all", "--yes", "--csv", str(folder / "million.csv")])


def _timed(target: Target, arguments: Sequence[str]) -> None:
    begun = time.perf_counter()
    process = _start(target, arguments)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    seconds = time.perf_counter() - begun
    print(f"  {' '.join(arguments[:3]):<28} {seconds:6.1f} s   {usage.ru_maxrss / 1024:5.0f} MiB at most")


def _kills(target: Target, folder: Path) -> None:
    upgrade(target, migrations_folder())
    put_in_many(target, KILLED_USERS)
    before, chance, lost, killed, round_ = stored(target), random.Random(6), 0, 0, 0
    while killed < KILLS:
        file = folder / f"keys-{round_}.csv"
        process = _start(target, ["key", "rotate", "--all", "--yes", "--csv", str(file)])
        try:
            process.wait(timeout=chance.uniform(0.2, 1.5))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        lost += len(untold(target, before, file))
        if process.returncode == 0:
            keys = told(file)
            assert len(keys) == KILLED_USERS
            before, round_ = stored(target), round_ + 1
    print(f"\na rotation of {KILLED_USERS:,} keys killed {killed} times: {lost} users with a key that nobody was told")


def _start(target: Target, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    environ = environment(DATABASE_URL=target.url(show_password=True))
    return subprocess.Popen(
        [str(BIN / "alphanest"), *arguments], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
