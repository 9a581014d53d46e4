"""Items without a booth that is there."""

from alphanest_db.checks.items import WITHOUT_BOOTH
from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="items-without-booth",
    summary="Items without a booth that is there.",
    tags=("integrity", "links", "companions"),
    level=Level.error,
    why="An item without a booth is shown nowhere: its owner cannot sell it. An item that names a booth which is not there is an"
    " orphan as well; this check also finds one that names none.",
    remedy="Move the item to its owner's booth.",
    rows=(WITHOUT_BOOTH,),
    by_hand="SELECT t.* FROM nft_items AS t LEFT JOIN market_booths AS b ON b.id = t.booth_id WHERE b.id IS NULL;",
)
