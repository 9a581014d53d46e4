"""What is asked of a repair, and what came of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from psycopg2 import sql

from alphanest_db.checks.model import Finding, Level, State
from alphanest_db.journal.model import Action, Change

KIND = "repair"


class Orphans(StrEnum):
    """What becomes of rows that refer to nothing: put aside, deleted, or left with NULL where the column takes it."""

    quarantine = "quarantine"
    delete = "delete"
    null = "null"


@dataclass(frozen=True)
class Companions:
    """The rows that a user lacks: for each user `u`, an expression for every column of the table."""

    table: str
    values: Mapping[str, sql.Composable]


@dataclass(frozen=True)
class RepairOptions:
    """How to repair. Somebody who holds a row or a table is waited for as long as `lock_timeout_seconds` says.

    `samples` is how many changes of each kind are shown, all of them with `everything`; with `dry_run`, all is taken back.
    """

    orphans: Orphans = Orphans.quarantine
    dry_run: bool = False
    samples: int = 3
    everything: bool = False
    jobs: int = 2
    lock_timeout_seconds: float = 5
    statement_timeout_seconds: float = 0
    lock_wait_seconds: float = 60
    connect_timeout_seconds: int = 10


@dataclass(frozen=True)
class Repaired:
    """What was done for one check to one table: to rows, or to a constraint of it. `quarantine` is where rows were put."""

    check: str
    action: Action
    table: str
    constraint: str | None
    quarantine: str | None
    rows: int
    samples: Iterable[Change]


@dataclass(frozen=True)
class Left:
    """What a check still finds, and what a person can do about it; or why it could not be made, or was skipped."""

    check: str
    level: Level
    state: State
    count: int
    remedy: str
    samples: Iterable[Finding]
    reason: str | None


@dataclass(frozen=True)
class RepairReport:
    """What a repair did, or would do; `run` is the number by which it is undone, None where nothing was changed."""

    database: str
    run: int | None
    dry_run: bool
    started_at: datetime
    duration_seconds: float
    changes: tuple[Repaired, ...] = field(repr=False)
    left: tuple[Left, ...] = field(repr=False)

    @property
    def rows(self) -> int:
        """How many rows were changed; one that was changed twice counts twice."""
        return sum(change.rows for change in self.changes)

    def leaves_nothing(self, fail_on: Level) -> bool:
        """True where no check finds anything of that level or a worse one any more, and none broke."""
        return not any(
            left.state is State.error or (left.state is State.failed and left.level.reaches(fail_on))
            for left in self.left
        )


Progress = Callable[[str], None]
