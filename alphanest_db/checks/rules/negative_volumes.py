"""Booths with a volume of sales below zero."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import negative

CHECK = Check(
    name="negative-volumes",
    summary="Booths with a volume of sales below zero.",
    tags=("integrity", "values"),
    level=Level.error,
    why="The volume is the sum of what was paid, and nobody pays less than nothing.",
    remedy="Sum it up again from what was sold.",
    rows=negative("market_booths", "total_volume"),
)
