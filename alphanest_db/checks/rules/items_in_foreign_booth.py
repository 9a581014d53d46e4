"""Items whose booth is not their owner's."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Lookup, RowRule

CHECK = Check(
    name="items-in-foreign-booth",
    summary="Items whose booth is not their owner's.",
    tags=("integrity", "links", "companions"),
    level=Level.error,
    why="An item is shown and sold in its owner's booth. One that stands in somebody else's was sold without being moved, and the"
    " next sale counts for the wrong user. Items whose owner or booth is not there at all are orphans, and are not counted again.",
    remedy="Move the item to its owner's booth.",
    rows=(
        RowRule(
            "nft_items",
            "booth_id_market_booths.user_id <> t.owner_id AND owner_id_users.id IS NOT NULL",
            "format('owned by %L, in the booth of %L', t.owner_id, booth_id_market_booths.user_id)",
            "UPDATE {table} SET booth_id = (SELECT id FROM market_booths WHERE user_id = owner_id) WHERE {key};",
            (Lookup("booth_id", "market_booths"), Lookup("owner_id", "users")),
        ),
    ),
)
