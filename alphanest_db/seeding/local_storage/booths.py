"""A booth of an export, as it is staged."""

import json

from alphanest_db.models.values import LAYOUTS, THEMES
from alphanest_db.seeding.local_storage.accounts import Accounts
from alphanest_db.seeding.local_storage.fields import Fields, time_of
from alphanest_db.seeding.local_storage.reading import Record
from alphanest_db.seeding.local_storage.staged import StagedBooth


def staged_booth(record: Record, fields: Fields, place: int, accounts: Accounts) -> StagedBooth:
    """The booth's row; its listings are records of their own. What is wrong is in the problems of `fields`."""
    username, avatar, stats = fields.text("username"), fields.text("avatar"), fields.part("stats")
    fields.list("listings")
    created, updated = fields.milliseconds("createdAt"), fields.milliseconds("updatedAt")
    return StagedBooth(
        place=place, path=record.path, at=record.place, user_id=fields.id("userId"),
        username=username if username and not accounts.username_problems(username) else None,
        avatar=avatar if avatar and accounts.is_avatar(avatar) else None,
        bio=fields.text("bio") or None, theme=fields.choice("theme", THEMES, THEMES[0]),
        layout=fields.choice("layout", LAYOUTS, LAYOUTS[0]),
        popularity=stats.count("popularity"), reputation=stats.count("reputation"),
        total_sales=stats.count("totalSales"), total_volume=stats.number("totalVolume"),
        items_sold=stats.count("itemsSold"),
        active_listings=stats.count("activeListings") if "activeListings" in stats.values else None,
        total_views=stats.count("totalViews"),
        created_at=time_of(created), known_at=time_of(max(created or 0, updated or 0) or None),
        leftover=_leftover(fields, stats), record=record.text,
    )  # fmt: skip


def _leftover(fields: Fields, stats: Fields) -> str | None:
    left = fields.rest() | ({"stats": stats.rest()} if stats.rest() else {})
    return json.dumps(left, ensure_ascii=False) if left else None
