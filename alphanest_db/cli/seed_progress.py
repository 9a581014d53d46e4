"""What loading synthetic data tells while it goes on, on stderr."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from alphanest_db.cli.progress import described
from alphanest_db.cli.render import StatusLine
from alphanest_db.database.locks import LockHolder, LockProgress
from alphanest_db.units import human_seconds

if TYPE_CHECKING:
    from alphanest_db.seeding.synthetic.load import LoadReport
    from alphanest_db.seeding.synthetic.parameters import Parameters

_FIRST_SECONDS = 0.5
_REFRESH_SECONDS = 0.1


def load_report(line: StatusLine, parameters: "Parameters", check: Callable[[], None] = lambda: None) -> "LoadReport":
    """Tells how many rows are there, how many come in a second and how long the rest takes; then what is made of them.

    `check` is called before, and may raise KeyboardInterrupt.
    """
    from alphanest_db.seeding.synthetic.load import LoadReport

    everything = sum(parameters.rows.values())
    done, begun, told = 0, 0.0, 0.0

    def rows(table: str, count: int) -> None:
        nonlocal done, begun, told
        check()
        now = time.monotonic()
        begun = begun or now  # starting up is no part of the speed
        done += count
        if now - begun >= _FIRST_SECONDS and now - told >= _REFRESH_SECONDS:
            told = now
            rate = done / (now - begun)
            left = human_seconds((everything - done) / rate)
            line.update(f"{table}: {done:,} of {everything:,} rows, {rate:,.0f} rows/s, {left} left")

    def making(name: str, number: int, count: int) -> None:
        check()
        if time.monotonic() - begun >= _FIRST_SECONDS:
            line.update(f"making {name} ({number} of {count} indexes and keys)")

    return LoadReport(rows, making)


def lock_progress(line: StatusLine, check: Callable[[], None]) -> LockProgress:
    """Tells who else is seeding; `check` is called before."""

    def tell(waited_seconds: float, holder: LockHolder | None) -> None:
        check()
        line.update(f"waiting for somebody else who seeds ({human_seconds(waited_seconds)}): {described(holder)}")

    return tell
