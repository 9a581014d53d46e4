"""Booths whose count of items is not the number of items in them."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Join, RowRule

# LIMIT ALL is a wall: without it, each process that reads booths would count all items for itself.
_COUNTED = "(SELECT booth_id, count(*) AS items FROM nft_items GROUP BY booth_id LIMIT ALL)"

CHECK = Check(
    name="active-listings",
    summary="Booths whose count of items is not the number of items in them.",
    tags=("integrity", "counters"),
    level=Level.warning,
    why="active_listings is kept by hand by whoever adds or moves an item; one update that fails half-way, and it is"
    " wrong for ever. A count that is NULL says nothing and stands for zero.",
    remedy="Count again.",
    rows=(
        RowRule(
            "market_booths",
            "coalesce(t.active_listings, 0) <> coalesce(counted.items, 0)",
            "format('active_listings is %s, and %s items are there', coalesce(t.active_listings::text, 'NULL'),"
            " coalesce(counted.items, 0))",
            "UPDATE {table} AS b SET active_listings = (SELECT count(*) FROM nft_items AS i WHERE i.booth_id = b.id) WHERE {key};",
            (
                Join(
                    "counted",
                    _COUNTED,
                    "counted.booth_id = t.id",
                ),
            ),
        ),
    ),
)
