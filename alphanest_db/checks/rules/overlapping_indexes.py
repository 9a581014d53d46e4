"""Indexes whose keys are the first ones of another index."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.indexes import drop_statement, index_finding, read_indexes
from alphanest_db.checks.model import Check, Finding, Level


def _look(ground: Ground) -> Iterator[Finding]:
    indexes = [index for index in read_indexes(ground) if not index.is_part]
    for index in indexes:
        other = next((other for other in indexes if other.covers(index)), None)
        if other and index.is_valid and not index.is_needed:
            yield index_finding(ground, index, f"{other.shown} begins with the same columns", drop_statement(index))


CHECK = Check(
    name="overlapping-indexes",
    summary="Indexes whose keys are the first ones of another index.",
    tags=("integrity", "structure", "indexes"),
    level=Level.info,
    why="An index on (user_id, timestamp) answers what one on (user_id) does, a little slower where it is much larger. Every write"
    " keeps both.",
    remedy="Drop the shorter one, unless it is there for its size.",
    look=_look,
    by_hand="SELECT indrelid::regclass, indexrelid::regclass, indkey FROM pg_index ORDER BY 1, 3;",
)
