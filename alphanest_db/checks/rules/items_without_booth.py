"""Items without a booth that is there."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Lookup, RowRule

CHECK = Check(
    name="items-without-booth",
    summary="Items without a booth that is there.",
    tags=("integrity", "links", "companions"),
    level=Level.error,
    why="An item without a booth is shown nowhere: its owner cannot sell it. An item that names a booth which is not there is an"
    " orphan as well; this check also finds one that names none.",
    remedy="Move the item to its owner's booth.",
    rows=(
        RowRule(
            "nft_items",
            "booth_id_market_booths.id IS NULL",
            "CASE WHEN t.booth_id IS NULL THEN 'is in no booth' ELSE format('booth %L is not there', t.booth_id) END",
            "UPDATE {table} SET booth_id = (SELECT id FROM market_booths WHERE user_id = owner_id) WHERE {key};",
            (Lookup("booth_id", "market_booths"),),
        ),
    ),
)
