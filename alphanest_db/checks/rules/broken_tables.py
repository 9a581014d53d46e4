"""Tables with pages that are damaged."""

from alphanest_db.checks.amcheck import broken_tables
from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="broken-tables",
    summary="Tables with pages that are damaged, by amcheck.",
    tags=("physical",),
    level=Level.error,
    why="A disk, a controller or a bug wrote a page that is not what PostgreSQL wrote. Whatever reads the row fails, or"
    " gets something else than was stored, and so does the next backup.",
    remedy="Stop writing, copy the data folder as it is, and restore from a backup that was verified.",
    look=broken_tables,
    by_hand="pg_amcheck --database=alphanest --no-dependent-indexes",
)
