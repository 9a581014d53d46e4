"""Items whose creator is not among the users."""

from alphanest_db.checks.items import WITHOUT_CREATOR
from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="creator-links",
    summary="Items whose creator is not among the users.",
    tags=("integrity", "links"),
    level=Level.warning,
    why="nft_items.creator_id has no foreign key, so that an item outlives the user who made it; nothing but this check tells an"
    " item whose maker left from one that was written with a wrong id.",
    remedy="Put the right id in, or leave the item as it is where its maker is really gone.",
    rows=(WITHOUT_CREATOR,),
    by_hand="SELECT t.* FROM nft_items AS t LEFT JOIN users AS u ON u.id = t.creator_id WHERE u.id IS NULL;",
)
