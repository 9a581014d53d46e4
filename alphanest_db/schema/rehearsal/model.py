"""What a rehearsal says: each step with what it took, and what did not come back."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from alphanest_db.schema.drift.model import DriftKind, DriftLevel
from alphanest_db.schema.observing.facts import Source
from alphanest_db.schema.observing.modes import LockMode


class Direction(StrEnum):
    """Which part of the rehearsal a step belongs to."""

    up = "up"
    down = "down"
    up_again = "up again"


class LossKind(StrEnum):
    """What is not as it was."""

    rows = "rows"  # another number of rows
    column = "column"  # the column is not there any more
    values = "values"  # another number of values that are not NULL
    content = "content"  # as many values, and others


@dataclass(frozen=True)
class HeldLock:
    """A lock as it was held; `longest_seconds` is the longest that others would have had to wait for it."""

    mode: LockMode
    longest_seconds: float
    total_seconds: float
    source: Source


@dataclass(frozen=True)
class TableWork:
    """What a step did to one table (or view, index).

    Rows are None where there was, or is, no such table; both are where the step did not touch its rows' table at all.
    """

    table: str
    kind: str
    locks: tuple[HeldLock, ...]
    rewritten: bool
    rows_before: int | None
    rows_after: int | None


@dataclass(frozen=True)
class TimedStatement:
    """A statement as it was run; values that are bound to it are not shown."""

    sql: str
    duration_seconds: float


@dataclass(frozen=True)
class Step:
    """One revision, run in one direction; `error` is why it failed, and then it is the last."""

    direction: Direction
    revision: str
    message: str
    duration_seconds: float
    wal_bytes: int
    tables: tuple[TableWork, ...]
    statements: tuple[TimedStatement, ...]
    error: str | None


@dataclass(frozen=True)
class DataLoss:
    """What was there before the revision, and is not after it was applied and taken back.

    `column` is None where whole rows are meant. `before` and `after` count rows, or values that are not NULL; `lost` is how
    many of those before are not there any more, None where only that they differ is known.
    """

    revision: str
    table: str
    column: str | None
    kind: LossKind
    before: int
    after: int
    lost: int | None


@dataclass(frozen=True)
class SchemaDifference:
    """An object that is not as it was: after taking `revision` back, or where that is None after the second upgrade.

    `before` and `after` are definitions, None where there is no such object. `info` is what one may have to expect, such as
    a column that is last now.
    """

    revision: str | None
    object: str
    kind: DriftKind
    level: DriftLevel
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Rehearsal:
    """How the pending revisions went on a copy of the data; `source` says of what, `size_bytes` how large the copy was.

    `is_fine` is False where a step failed, the downgrade loses data, or a schema differs in more than what one may have to
    expect. `notes` say what could not be looked at, and why.
    """

    database: str
    server_version: str | None
    source: str
    size_bytes: int | None
    copy_seconds: float
    current: tuple[str, ...]
    revisions: tuple[str, ...]
    steps: tuple[Step, ...]
    losses: tuple[DataLoss, ...]
    differences: tuple[SchemaDifference, ...]
    downgraded: bool
    is_fine: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """Where a rehearsal tells what is going on, while it goes on."""

    copying: Callable[[int, int | None], None] = lambda _copied_bytes, _size_bytes: None
    reading: Callable[[str], None] = lambda _table: None
    stepping: Callable[[Direction, str, int, int], None] = lambda _direction, _revision, _number, _count: None
