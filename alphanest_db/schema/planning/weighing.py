"""How much a lock matters on a table of this size, with this much being written to it: pure, thresholds in docs/plan.md."""

from dataclasses import dataclass

from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.planning.model import Level

MEDIUM_BYTES, MEDIUM_ROWS = 16 * 1024**2, 100_000
LARGE_BYTES, LARGE_ROWS = 1024**3, 10_000_000
BUSY_WRITES_PER_SECOND = 100.0
IDLE_WRITES_PER_SECOND = 0.01
_SOFTER = {Level.error: Level.warning, Level.warning: Level.info}


@dataclass(frozen=True)
class Weight:
    """What is read or rewritten."""

    size_bytes: int = 0
    rows: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.size_bytes + other.size_bytes, self.rows + other.rows)


def work_level(work: Weight) -> Level:
    """How long the work takes, as a level: moments, seconds, or long enough for an outage.

    >>> [work_level(Weight(*work)).value for work in ((8192, 40), (64 * 1024**2, 200_000), (80 * 1024**3, 400_000_000))]
    ['info', 'warning', 'error']
    """
    if work.size_bytes >= LARGE_BYTES or work.rows >= LARGE_ROWS:
        return Level.error
    if work.size_bytes >= MEDIUM_BYTES or work.rows >= MEDIUM_ROWS:
        return Level.warning
    return Level.info


def lock_level(mode: LockMode, work: Weight, writes_per_second: float) -> Level:
    """How much a lock matters that is held while this work is done, on a table with this many writes.

    >>> large, small = Weight(80 * 1024**3, 400_000_000), Weight(8192, 40)
    >>> [lock_level(LockMode.access_exclusive, work, 3.0).value for work in (small, large)]
    ['info', 'error']
    >>> [lock_level(LockMode.share, large, writes).value for writes in (0.0, 5.0)]
    ['warning', 'error']
    >>> lock_level(LockMode.share_update_exclusive, large, 5.0).value
    'none'
    """
    level = work_level(work)
    if mode.blocks_writes:
        if writes_per_second >= BUSY_WRITES_PER_SECOND:
            return max(level, Level.warning, key=lambda item: item.rank)
        if not mode.blocks_reads and writes_per_second < IDLE_WRITES_PER_SECOND:
            return _SOFTER.get(level, level)
        return level
    if mode is LockMode.row_exclusive and level is Level.error:
        return Level.warning  # the rows of one huge transaction stay locked until its end
    return Level.none


def finding_level(rule: str, said: str, statement: Level, *, holds_rows: bool) -> Level:
    """How much a finding of squawk matters, given how much the statement's own locks do.

    >>> finding_level("adding-not-nullable-field", "Warning", Level.error, holds_rows=True).value
    'error'
    >>> finding_level("ban-drop-column", "Warning", Level.info, holds_rows=True).value
    'warning'
    >>> finding_level("prefer-text-field", "Warning", Level.error, holds_rows=True).value
    'info'
    """
    if said == "Error":
        return Level.warning
    if rule in _BLOCKING_RULES:
        return max(statement, Level.info, key=lambda item: item.rank)
    if holds_rows and rule in _BREAKING_RULES:
        return Level.warning
    return Level.info


_BLOCKING_RULES = frozenset(
    {
        "adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field", "adding-required-field",
        "adding-serial-primary-key-field", "changing-column-type", "constraint-missing-not-valid",
        "disallowed-unique-constraint", "prefer-repack", "require-concurrent-index-creation",
        "require-concurrent-index-deletion", "require-concurrent-partition-detach", "require-concurrent-reindex",
    }
)  # fmt: skip
# Clients that use the thing fail from then on.
_BREAKING_RULES = frozenset(
    {
        "ban-drop-column", "ban-drop-function", "ban-drop-schema", "ban-drop-table", "ban-drop-type", "ban-drop-view",
        "ban-truncate-cascade", "renaming-column", "renaming-table", "renaming-view",
    }
)  # fmt: skip
