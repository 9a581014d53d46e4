"""Ours and the rival side by side in one run: interleaved rounds, medians, ratios."""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import psutil

from alphanest_db.database.target import Target
from tests.servers import fetch

ROUNDS = 11
ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Contender:
    """A command to be timed; its output goes nowhere."""

    name: str
    command: Sequence[str]


def compare(
    title: str, contenders: Sequence[Contender], environ: Mapping[str, str], *, rounds: int = ROUNDS
) -> dict[str, float]:
    """Medians in seconds by name; printed with their ratio to the last contender, the rival."""
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            seconds = _time(contender.command, environ)
            if number:  # the first round warms the caches
                times[contender.name].append(seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    rival = medians[contenders[-1].name]
    print(f"\n{title} (median of {rounds} interleaved rounds)")
    for name, median in medians.items():
        print(f"  {name:<34} {median * 1000:8.0f} ms   {median / rival:5.2f} x")
    return medians


@dataclass
class Cost:
    """Seconds by the clock, and those of a core that the server took, and we with our programs: the latter heed no other guests."""

    seconds: float = 0
    server_seconds: float = 0
    client_seconds: float = 0


@contextlib.contextmanager
def cost_of(server: Target) -> Iterator[Cost]:
    """What the block costs, once it is left."""
    cost = Cost()
    [(pid,)] = fetch(server, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)")
    postmaster = psutil.Process(int(str(pid)))
    begun, before_server, before_client = time.perf_counter(), _server_seconds(postmaster), sum(os.times()[:4])
    yield cost
    cost.seconds = time.perf_counter() - begun
    cost.client_seconds = sum(os.times()[:4]) - before_client
    cost.server_seconds = _server_seconds(postmaster) - before_server


def median_cost(costs: Sequence[Cost]) -> Cost:
    """The median of each."""
    return Cost(*(statistics.median(values) for values in zip(*map(astuple, costs), strict=True)))


def _server_seconds(postmaster: psutil.Process) -> float:
    """Of the processes that have ended, and of those that live."""
    times = postmaster.cpu_times()
    living = 0.0
    for child in postmaster.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            living += sum(child.cpu_times()[:2])
    return times.children_user + times.children_system + living


def environment(**extra: str) -> dict[str, str]:
    """This environment without what chooses a database; our bytecode may be kept, as that of installed programs is."""
    dropped = ("DATABASE_URL", "CI", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("DB_", "ALPHANEST_", "PG"))}
    return kept | extra


def _time(command: Sequence[str], environ: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=dict(environ), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - begun
