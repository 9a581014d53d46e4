"""Ours and the rival side by side in one run: interleaved rounds, medians, ratios."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def environment(**extra: str) -> dict[str, str]:
    """This environment without what chooses a database."""
    dropped = ("DATABASE_URL", "CI")
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("DB_", "ALPHANEST_", "PG"))}
    return kept | extra


def _time(command: Sequence[str], environ: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=dict(environ), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - begun
