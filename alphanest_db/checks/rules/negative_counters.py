"""Counters below zero."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import counted_negative

CHECK = Check(
    name="negative-counters",
    summary="Counters below zero.",
    tags=("integrity", "values"),
    level=Level.error,
    why="Views, sales and listings are counted up from zero. Below it, something was subtracted that was never added.",
    remedy="Set the counter to zero, or count again what it counts.",
    rows=(
        *counted_negative(
            "market_booths", "popularity", "reputation", "total_sales", "items_sold", "active_listings", "total_views"
        ),
        *counted_negative("nft_items", "views", "favorites", "sales"),
    ),
)
