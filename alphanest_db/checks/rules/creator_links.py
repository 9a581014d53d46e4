"""Items whose creator is not among the users."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Lookup, RowRule

CHECK = Check(
    name="creator-links",
    summary="Items whose creator is not among the users.",
    tags=("integrity", "links"),
    level=Level.warning,
    why="nft_items.creator_id has no foreign key, so that an item outlives the user who made it; nothing but this check tells an"
    " item whose maker left from one that was written with a wrong id.",
    remedy="Put the right id in, or leave the item as it is where its maker is really gone.",
    rows=(
        RowRule(
            "nft_items",
            # Most items are still with their creator: one look-up serves both.
            "t.creator_id IS NOT NULL"
            " AND CASE WHEN t.creator_id = t.owner_id THEN owner_id_users.id ELSE creator_id_users.id END IS NULL",
            "format('creator_id is %L, which is not among users.id', t.creator_id)",
            joins=(Lookup("owner_id", "users"), Lookup("creator_id", "users", unlike="owner_id")),
        ),
    ),
)
