"""Items with a rarity that the platform does not know."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import outside
from alphanest_db.models.values import RARITIES

CHECK = Check(
    name="unknown-rarity",
    summary="Items with a rarity that the platform does not know.",
    tags=("integrity", "values"),
    level=Level.error,
    why="Filters and prices go by rarity; an item with a word of its own is in no list. Case and spaces count.",
    remedy="Put one of the known values in; where only case or a space is wrong, it is certain which.",
    rows=(outside("nft_items", "rarity", RARITIES),),
)
