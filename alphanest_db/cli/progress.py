"""What long work tells while it goes on, on stderr."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.render import StatusLine, say
from alphanest_db.errors import DatabaseUnreachable
from alphanest_db.units import human_bytes, human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.database.locks import LockHolder
    from alphanest_db.database.wait import WaitProgress
    from alphanest_db.schema.blockers import Blocker
    from alphanest_db.schema.recorder import RunStep
    from alphanest_db.schema.rehearsal.model import Direction, Progress
    from alphanest_db.schema.runs import RunReport

_FIRST_SECONDS = 0.5
_REFRESH_SECONDS = 0.1


def waiting_progress(line: StatusLine) -> "WaitProgress":
    """Tells how long we have been waiting for the server, and what it said last."""

    def tell(waited_seconds: float, error: DatabaseUnreachable) -> None:
        line.update(f"waiting for the database ({human_seconds(waited_seconds)}): {error.message}")

    return tell


def counting_progress(line: StatusLine) -> Callable[[str, int, int | None], None]:
    """Tells what is done, how many are done, and how long the rest takes where that can be known."""
    begun: dict[str, float] = {}
    told = 0.0

    def tell(what: str, done: int, everything: int | None) -> None:
        nonlocal told
        now = time.monotonic()
        seconds = now - begun.setdefault(what, now)
        if seconds >= _FIRST_SECONDS and now - told >= _REFRESH_SECONDS:
            told = now
            line.update(f"{what}: {done:,}" + (_of(done, everything, seconds) if everything else ""))

    return tell


def _of(done: int, everything: int, seconds: float) -> str:
    left = seconds / done * (everything - done)
    return f" of {everything:,}" + (f", {human_seconds(left)} left" if left >= 1 else "")


def run_report(line: StatusLine) -> "RunReport":
    """Tells each revision that is done, who holds the lock that we wait for, and each new try."""
    from alphanest_db.cli.views.db import step_line
    from alphanest_db.schema.runs import RunReport

    def lock(waited_seconds: float, holder: "LockHolder | None") -> None:
        line.update(f"waiting for another migrator ({human_seconds(waited_seconds)}): {described(holder)}")

    def step(done: "RunStep") -> None:
        line.clear()
        say(step_line(done))

    def retry(attempt: int, pause_seconds: float) -> None:
        line.clear()
        say(f"a table was in use; try {attempt + 1} in {human_seconds(pause_seconds)}")

    def blockers(waited_seconds: float, found: "Sequence[Blocker]") -> None:
        if waited_seconds < _FIRST_SECONDS:
            for blocker in found:
                say(f"in the way: {blocker.described()}", style="33")
        else:
            line.update(f"waiting for {plural(len(found), 'old transaction')} ({human_seconds(waited_seconds)})")

    return RunReport(lock=lock, blockers=blockers, step=step, retry=retry)


def rehearsal_progress(line: StatusLine) -> "Progress":
    """Tells how far the copy is, and which step and table are at hand."""
    from alphanest_db.schema.rehearsal.model import Progress

    def copying(copied_bytes: int, size_bytes: int | None) -> None:
        of = f", the database has {human_bytes(size_bytes)}" if size_bytes is not None else ""
        line.update(f"copying: {human_bytes(copied_bytes)} read{of}")

    def reading(table: str) -> None:
        line.update(f"reading all rows of {table}")

    def stepping(direction: "Direction", revision: str, number: int, count: int) -> None:
        line.update(f"{direction} {revision} ({number} of {count})")

    return Progress(copying, reading, stepping)


def described(holder: "LockHolder | None") -> str:
    """Who holds a lock, and what they are doing."""
    if holder is None:
        return "nobody any more"
    since = f"{holder.since:%H:%M:%S} UTC"
    return f"process {holder.pid} ({holder.application_name}, {holder.client}) since {since}: {holder.statement}"


def folder_lock_progress(line: StatusLine) -> Callable[[float, str], None]:
    """Tells whom we are waiting for in a folder of backups."""

    def tell(waited_seconds: float, holder: str) -> None:
        line.update(f"waiting ({human_seconds(waited_seconds)}): {holder}")

    return tell
