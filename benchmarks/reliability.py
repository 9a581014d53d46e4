"""Kills and crowds: how often `alphanest init --demo` comes through.

Each of 50 rounds on a fresh home kills init (-9) at a random moment of the first start, making of the data folder included; the
next run must complete. Then 16 at once on one fresh home must all exit with 0, and the data must be there once.
"""

import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.measuring import BIN, environment

KILLS = 50
CROWD = 16

Answer = TypeVar("Answer")
INIT = [str(BIN / "alphanest"), "init", "--demo"]
COUNT = [str(BIN / "alphanest"), "db", "shell", "-c", "COPY (SELECT count(*) FROM nft_items) TO STDOUT"]


def main() -> None:
    """Print the figures."""
    whole = _in_fresh_home(_seconds_of_init)
    completed = sum(_in_fresh_home(lambda environ: _killed_then_completes(environ, whole)) for _ in range(KILLS))
    print(f"\ninit killed at a random moment of {whole:.1f} s: the next run completed {completed} of {KILLS} times")
    succeeded = _in_fresh_home(_crowd)
    print(f"{CROWD} at once on a fresh home: {succeeded} of {CROWD} exited with 0, and the data are there once")


def _seconds_of_init(environ: dict[str, str]) -> float:
    begun = time.monotonic()
    subprocess.run(INIT, env=environ, check=True, capture_output=True)
    return time.monotonic() - begun


def _killed_then_completes(environ: dict[str, str], whole_seconds: float) -> bool:
    process = subprocess.Popen(INIT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, whole_seconds * 1.1))
    process.send_signal(signal.SIGKILL)
    process.wait()
    result = subprocess.run(INIT, env=environ, capture_output=True, text=True, check=False)
    if result.returncode:
        print(result.stderr)
    return result.returncode == 0 and _items(environ) == "15"


def _crowd(environ: dict[str, str]) -> int:
    processes = [
        subprocess.Popen(INIT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(CROWD)
    ]
    succeeded = sum(process.wait() == 0 for process in processes)
    return succeeded if _items(environ) == "15" else 0


def _items(environ: dict[str, str]) -> str:
    return subprocess.run(COUNT, env=environ, capture_output=True, text=True, check=False).stdout.strip()


def _in_fresh_home(work: Callable[[dict[str, str]], Answer]) -> Answer:
    home = Path(tempfile.mkdtemp(prefix="anest-"))
    environ = environment(ALPHANEST_HOME=str(home))
    try:
        return work(environ)
    finally:
        subprocess.run([str(BIN / "alphanest"), "server", "stop"], env=environ, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)
