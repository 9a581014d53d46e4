"""Rows that were updated before they were created."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule


def _before(table: str) -> RowRule:
    return RowRule(
        table,
        "t.updated_at < t.created_at",
        "format('updated_at is %s, created_at %s', t.updated_at, t.created_at)",
        "UPDATE {table} SET updated_at = created_at WHERE {key};",
    )


CHECK = Check(
    name="updated-before-created",
    summary="Rows that were updated before they were created.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="One of the two times is wrong: a clock, a time zone, or an import that wrote them. Whoever fetches what changed"
    " since yesterday misses the row.",
    remedy="Find out which of the two is wrong; setting updated_at to created_at makes the row fetchable again.",
    rows=tuple(_before(table) for table in ("users", "subscriptions", "market_booths")),
)
