"""Items go to the booth of their owner: those in no booth, in one that is not there, and in that of somebody else."""

from psycopg2 import sql

from alphanest_db.checks.repair.work import Work, lock
from alphanest_db.database.identifiers import name, statement

# Almost every item is in a booth of its owner's; the rest is looked at more closely.
MISPLACED = "NOT EXISTS (SELECT FROM {booths} AS b WHERE b.id = {item}.booth_id AND b.user_id = {item}.owner_id)"
_OF_A_USER = "EXISTS (SELECT FROM {users} AS o WHERE o.id = t.owner_id)"
_HOME = "(SELECT min(h.id) FROM {booths} AS h WHERE h.user_id = t.owner_id)"
_HAS_HOME = _HOME + " IS NOT NULL"
# By check; an item in the booth of a user who is gone must leave it before that is moved away.
_WRONG = {
    "items-without-booth": "NOT EXISTS (SELECT FROM {booths} AS b WHERE b.id = t.booth_id)",
    "items-in-foreign-booth": "EXISTS (SELECT FROM {booths} AS b WHERE b.id = t.booth_id)",
    "orphans": "NOT EXISTS (SELECT FROM {booths} AS b JOIN {users} AS u ON u.id = b.user_id WHERE b.id = t.booth_id)"
    " AND t.booth_id IS NOT NULL",
}


def item_parts(work: Work) -> dict[str, sql.Composable] | None:
    """The tables by name, None where no misplaced item is to be moved."""
    items = work.find_shape("nft_items", "owner_id", "booth_id")
    booths = work.find_shape("market_booths", "user_id")
    users = work.find_shape("users", "id")
    if not (items and booths and users and work.wants(*_WRONG)):
        return None
    return {"items": items.source, "booths": booths.source, "users": users.source}


def move_items(work: Work) -> None:
    """Move them; where the owner is gone, the item is an orphan, and where the owner has no booth, it stays."""
    parts = item_parts(work)
    shape = work.find_shape("nft_items", "owner_id", "booth_id")
    if parts is None or shape is None:
        return
    locked = lock(work, shape, statement(f"{MISPLACED} AND {_OF_A_USER}", item=name("t"), **parts))
    for check, wrong in _WRONG.items():
        if locked and work.wants(check):
            condition = statement(" AND ".join((MISPLACED, _OF_A_USER, wrong, _HAS_HOME)), item=name("t"), **parts)
            chosen = locked.choose(work, check, condition, values={"booth_id": statement(_HOME, **parts)})
            work.recording.update(chosen, ["booth_id"], check)
