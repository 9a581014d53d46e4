"""What a plan says: per revision its statements, per statement what it does to which table, and how much that matters."""

from dataclasses import dataclass
from enum import StrEnum

from alphanest_db.schema.observing.facts import Source
from alphanest_db.schema.observing.modes import LockMode


class Level(StrEnum):
    """How much something matters, the least first."""

    none = "none"
    info = "info"
    warning = "warning"
    error = "error"

    @property
    def rank(self) -> int:
        """A number to compare levels by."""
        return list(Level).index(self)


class SchemaOrigin(StrEnum):
    """What the scratch database was built from."""

    live_schema = "the live schema"
    migrations = "the migrations"


@dataclass(frozen=True)
class LiveTable:
    """A table as it is on the target; `rows` is the planner's estimate, None where it was never analyzed."""

    table: str
    size_bytes: int
    rows: int | None
    writes_per_second: float


@dataclass(frozen=True)
class TableEffect:
    """What one statement does to one table (or view, sequence, index).

    `lock` is what the statement took, None where its transaction had one as strong already; `held` is the strongest by then.
    `rewritten` means that the table got a new file, `scanned` that it was read as a whole. `live` is None for what the plan
    itself creates.
    """

    table: str
    kind: str
    is_new: bool
    lock: LockMode | None
    held: LockMode | None
    source: Source
    rewritten: bool
    scanned: bool
    live: LiveTable | None
    level: Level


@dataclass(frozen=True)
class LintFinding:
    """What squawk says about a statement."""

    rule: str
    message: str
    help: str
    level: Level


@dataclass(frozen=True)
class PlannedStatement:
    """One statement as it was run; values that are bound to it are not shown."""

    sql: str
    in_transaction: bool
    tables: tuple[TableEffect, ...]
    findings: tuple[LintFinding, ...]
    level: Level


@dataclass(frozen=True)
class PlannedRevision:
    """One pending revision; `error` is why it would fail, and then nothing after it was tried."""

    revision: str
    message: str
    statements: tuple[PlannedStatement, ...]
    error: str | None
    level: Level


@dataclass(frozen=True)
class SchemaPlan:
    """What an upgrade would do to the database; `notes` say what could not be looked at, and why."""

    database: str
    server_version: str
    current: tuple[str, ...]
    revisions: tuple[PlannedRevision, ...]
    origin: SchemaOrigin | None
    notes: tuple[str, ...]
    level: Level


def worst(levels: "list[Level]") -> Level:
    """The level that matters most.

    >>> worst([Level.info, Level.error, Level.none]), worst([])
    (<Level.error: 'error'>, <Level.none: 'none'>)
    """
    return max(levels, key=lambda level: level.rank, default=Level.none)
