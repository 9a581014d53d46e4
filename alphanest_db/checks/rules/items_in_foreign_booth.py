"""Items whose booth is not their owner's."""

from alphanest_db.checks.items import IN_FOREIGN_BOOTH
from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="items-in-foreign-booth",
    summary="Items whose booth is not their owner's.",
    tags=("integrity", "links", "companions"),
    level=Level.error,
    why="An item is shown and sold in its owner's booth. One that stands in somebody else's was sold without being moved, and the"
    " next sale counts for the wrong user. Items whose owner or booth is not there at all are orphans, and are not counted again.",
    remedy="Move the item to its owner's booth.",
    rows=(IN_FOREIGN_BOOTH,),
    by_hand="SELECT t.* FROM nft_items AS t JOIN market_booths AS b ON b.id = t.booth_id JOIN users AS u ON u.id = t.owner_id"
    " WHERE b.user_id <> t.owner_id;",
)
