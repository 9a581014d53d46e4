"""Indexes PostgreSQL ignores because their build did not finish."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.indexes import index_finding, read_indexes
from alphanest_db.checks.model import Check, Finding, Level


def _look(ground: Ground) -> Iterator[Finding]:
    for index in read_indexes(ground):
        if not index.is_valid and not index.is_being_built:
            said = "INVALID: written to with every row, and read by nobody"
            yield index_finding(ground, index, said, "REINDEX INDEX CONCURRENTLY {};")


CHECK = Check(
    name="invalid-indexes",
    summary="Indexes PostgreSQL ignores because their build did not finish.",
    tags=("integrity", "structure", "indexes"),
    level=Level.error,
    why="CREATE INDEX CONCURRENTLY that is interrupted, or stumbles over two equal values, leaves an index that is INVALID: every"
    " write pays for it, no query uses it, and a unique one may let a second value in.",
    remedy="Build it again with REINDEX INDEX CONCURRENTLY, or drop it.",
    look=_look,
    by_hand="SELECT indrelid::regclass, indexrelid::regclass FROM pg_index WHERE NOT indisvalid;",
)
