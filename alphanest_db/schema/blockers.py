"""What is in the way of a revision before it begins: old transactions, prepared ones, and vacuum against wraparound."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import InvalidInput, Refused

# Younger transactions end by themselves before a lock timeout does.
OLD_SECONDS = 10.0
_POLL_SECONDS = 1.0


class OnBlockers(StrEnum):
    """What to do about them: go on and rely on the lock timeout, wait, give up, or end the sessions."""

    proceed = "proceed"
    wait = "wait"
    abort = "abort"
    terminate = "terminate"


@dataclass(frozen=True)
class Blocker:
    """A transaction that holds locks on tables of the database; `pid` is None for a prepared one."""

    kind: str
    pid: int | None
    who: str
    age_seconds: float
    tables: tuple[str, ...]
    statement: str

    def described(self) -> str:
        """The blocker in a line."""
        process = f"process {self.pid} of {self.who}" if self.pid else self.who
        tables = ", ".join(self.tables[:3]) + (" …" if len(self.tables) > 3 else "")
        return f"{self.kind}: {process}, for {self.age_seconds:.0f} s, on {tables or 'no table yet'}"


BlockerProgress = Callable[[float, Sequence[Blocker]], None]


def choose_on_blockers(*, wait: bool, abort: bool, terminate: bool, unattended: bool) -> OnBlockers:
    """What the flags ask for; without any, `abort` where nobody watches, else `proceed`.

    Raises InvalidInput for more than one flag.
    """
    chosen = {OnBlockers.wait: wait, OnBlockers.abort: abort, OnBlockers.terminate: terminate}
    asked = [how for how, is_chosen in chosen.items() if is_chosen]
    if len(asked) > 1:
        flags = " and ".join(f"--{how}" for how in asked)
        raise InvalidInput(f"{flags} exclude each other", "Choose one of them.")
    default = OnBlockers.abort if unattended else OnBlockers.proceed
    return asked[0] if asked else default


def find_blockers(
    connection: Connection, *, old_seconds: float = OLD_SECONDS, migrator_pid: int | None = None
) -> list[Blocker]:
    """Transactions older than `old_seconds` that the migrator's connection may have to wait for; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "blockers"), {"old_seconds": old_seconds, "migrator_pid": migrator_pid})
        return [Blocker(kind, pid, who, age, tuple(tables), text) for kind, pid, who, age, tables, text in cursor]


def concerns(blocker: Blocker, source: str) -> bool:
    """Whether a revision with this source may have to wait for the blocker: it names one of its tables.

    A build CONCURRENTLY waits for every old transaction, whatever it holds.

    >>> concerns(Blocker("long transaction", 7, "anna", 60.0, ("users",), ""), "op.drop_index('ix_users_email')")
    False
    """
    if "concurrently" in source.lower() or not blocker.tables:
        return True
    return any(re.search(rf"(?<!\w){re.escape(table)}(?!\w)", source) for table in blocker.tables)


def settle_blockers(
    connection: Connection, how: OnBlockers, *, source: str, wait_seconds: float, old_seconds: float = OLD_SECONDS,
    migrator_pid: int | None = None, progress: BlockerProgress = lambda _waited, _blockers: None,
) -> None:  # fmt: skip
    """Deal with what is in the way of a revision with this source; the connection must be in autocommit mode.

    Raises Refused where something is left: at once for abort, after `wait_seconds` for wait, and for what cannot be ended.
    """

    def in_the_way() -> list[Blocker]:
        found = find_blockers(connection, old_seconds=old_seconds, migrator_pid=migrator_pid)
        return [blocker for blocker in found if concerns(blocker, source)]

    begun = time.monotonic()
    while blockers := in_the_way():
        waited = time.monotonic() - begun
        progress(waited, blockers)
        if how is OnBlockers.proceed:
            return
        if how is OnBlockers.terminate:
            _terminate(connection, blockers)
        if how is OnBlockers.abort or waited + _POLL_SECONDS > wait_seconds:
            raise Refused(
                f"transactions are in the way of the migration: {'; '.join(b.described() for b in blockers)}",
                "Wait for them with --wait, or end their sessions with --terminate.",
            )
        time.sleep(_POLL_SECONDS)


def _terminate(connection: Connection, blockers: Sequence[Blocker]) -> None:
    with connection.cursor() as cursor:
        for blocker in blockers:
            if blocker.pid is not None:
                cursor.execute("SELECT pg_catalog.pg_terminate_backend(%s)", (blocker.pid,))
