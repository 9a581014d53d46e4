"""What a check is, and what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from alphanest_db.errors import AlphanestError

if TYPE_CHECKING:
    from alphanest_db.checks.ground import Ground
    from alphanest_db.checks.rows import RowRule


class Level(StrEnum):
    """How bad a finding is; ordered from what one should know to what must be mended."""

    info = "info"
    warning = "warning"
    error = "error"

    def reaches(self, other: "Level") -> bool:
        """True where this level is the other one or a worse one.

        >>> Level.error.reaches(Level.warning), Level.info.reaches(Level.warning)
        (True, False)
        """
        ranks = list(Level)
        return ranks.index(self) >= ranks.index(other)


class State(StrEnum):
    """What came of a check."""

    passed = "passed"
    failed = "failed"
    skipped = "skipped"
    error = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which table, by which key, what, and the SQL that shows or mends it.

    `key` is the row's primary key, or the name of the object; `check` and `level` are filled in by the runner.
    """

    table: str | None
    key: Mapping[str, str | None]
    message: str
    sql: str
    level: Level | None = None
    check: str = ""

    @property
    def key_text(self) -> str:
        """The key as an ignore pattern is compared with it: its values, with commas between them."""
        return ",".join(value or "" for value in self.key.values())


class Skip(AlphanestError):
    """What a check wanted to look at could not be looked at, or does not count here."""


Look = Callable[["Ground"], Iterator[Finding]]
Rules = Callable[["Ground"], Iterable["RowRule"]]


@dataclass(frozen=True)
class Check:
    """Something to look for, and why; `rows` are conditions on rows, `look` asks the catalog, `rules` makes conditions from it.

    `quiet_level` is the level in development and test, where what it finds does no harm; `by_hand` is SQL that shows the same.
    """

    name: str
    summary: str
    tags: tuple[str, ...]
    level: Level
    why: str
    remedy: str
    rows: tuple["RowRule", ...] = ()
    look: Look | None = None
    rules: Rules | None = None
    quiet_level: Level | None = None
    by_hand: str = ""


@dataclass(frozen=True)
class CheckResult:
    """What came of one check; `count` is exact, `samples` are some of the findings, `reason` says what was not looked at."""

    name: str
    level: Level
    state: State
    count: int
    samples: Iterable[Finding]
    reason: str | None = None


@dataclass(frozen=True)
class CheckReport:
    """The state of a database at one moment, `started_at` (UTC)."""

    database: str
    revision: str | None
    started_at: datetime
    duration_seconds: float
    checks: tuple[CheckResult, ...] = field(repr=False)

    def is_clean(self, fail_on: Level) -> bool:
        """True where no check failed on that level or a worse one, and none broke."""
        return not any(
            result.state is State.error or (result.state is State.failed and result.level.reaches(fail_on))
            for result in self.checks
        )


@dataclass(frozen=True)
class Options:
    """How to look. 0 seconds are no limit; `max_rows` leaves out tables with more rows, `everything` streams all findings.

    Of a table that somebody holds exclusively, `lock_timeout_seconds` is how long we wait: everybody else queues up behind us.
    """

    samples: int = 3
    everything: bool = False
    jobs: int = 2
    statement_timeout_seconds: float = 0
    lock_timeout_seconds: float = 5
    max_rows: int | None = None
    connect_timeout_seconds: int = 10


Progress = Callable[[int, int, str], None]
