"""B-tree indexes that are damaged, or that miss rows of their table."""

from alphanest_db.checks.amcheck import broken_indexes
from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="broken-indexes",
    summary="B-tree indexes that are damaged, or that miss rows, by amcheck.",
    tags=("physical",),
    level=Level.error,
    why="A row that the index misses is not found by whoever looks it up, and a unique index lets it in a second time. Changed"
    " collations do that, and damaged pages.",
    remedy="Rebuild the index; where it is a unique one, look for doubles first.",
    look=broken_indexes,
    by_hand="pg_amcheck --database=alphanest --heapallindexed",
)
