"""Booths with a layout that the platform does not know."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import outside
from alphanest_db.models.values import LAYOUTS

CHECK = Check(
    name="unknown-layout",
    summary="Booths with a layout that the platform does not know.",
    tags=("integrity", "values"),
    level=Level.error,
    why="The front end looks the layout up by name, and shows a booth without one. Case and spaces count.",
    remedy="Put one of the known values in; where only case or a space is wrong, it is certain which.",
    rows=(outside("market_booths", "layout", LAYOUTS),),
)
