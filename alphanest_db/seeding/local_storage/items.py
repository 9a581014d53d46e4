"""An item of an export, as it is staged, be it of the item list or of a booth's listings."""

import json
from typing import Any

from alphanest_db.models.values import DEFAULT_IMAGE, RARITIES
from alphanest_db.seeding.local_storage.fields import Fields, fitting_id
from alphanest_db.seeding.local_storage.reading import Record
from alphanest_db.seeding.local_storage.staged import StagedItem

# Any in this file: whatever JSON can hold.

_ID_LENGTH, _NAME_LENGTH, _CREATOR_LENGTH, _IMAGE_LENGTH = 50, 255, 100, 10
_TRANSACTIONS = ("mint", "sale", "trade", "transfer")


def staged_item(record: Record, fields: Fields, place: int, *, listed_by: str | None = None) -> StagedItem:
    """The item's row; without an owner of its own it is that of the booth. What is wrong is in the problems of `fields`."""
    source_id, stats = fields.required_text("id"), fields.part("stats")
    id_ = fitting_id(source_id, _ID_LENGTH)
    has_owner = not listed_by or fields.values.get("ownerId") is not None
    creator = fields.required_text("creator", longest=_CREATOR_LENGTH)
    created = fields.milliseconds("createdAt", required=True) or 0
    history, moved = _history(fields, source_id, id_)
    image = fields.text("imageUrl") or DEFAULT_IMAGE
    attributes = fields.part("metadata").values | ({} if _is_image(image) else {"imageUrl": image})
    return StagedItem(
        place=place, path=record.path, at=record.place, id=id_, name=fields.required_text("name", longest=_NAME_LENGTH),
        description=fields.text("description"), image_url=image if _is_image(image) else DEFAULT_IMAGE,
        price=fields.number("price", required=True), rarity=fields.choice("rarity", RARITIES, RARITIES[0]),
        creator_id=fields.id("creatorId"), creator=creator,
        owner_id=fields.id("ownerId") if has_owner else str(listed_by), listed_by=listed_by,
        featured=fields.flag("featured"), views=stats.count("views"), favorites=stats.count("favorites"),
        sales=stats.count("sales"), attributes=json.dumps(attributes, ensure_ascii=False),
        history=json.dumps(history, ensure_ascii=False), created_at=created, known_at=max(created, moved),
        updated_at=fields.milliseconds("updatedAt"),
        leftover=_leftover(fields, stats, source_id, id_), record=record.text,
    )  # fmt: skip


def _is_image(text: str) -> bool:
    """An emoji, or another short sign; ten plain letters are the beginning of something longer."""
    return len(text) <= _IMAGE_LENGTH and not (text.isascii() and len(text) == _IMAGE_LENGTH)


def _history(fields: Fields, source_id: str, id_: str) -> tuple[list[dict[str, Any]], int]:
    """The item's transactions with ids as they are stored, and the time of the last one."""
    entries = []
    for number, value in enumerate(fields.list("transactionHistory")):
        within = f"{fields.within}transactionHistory[{number}]"
        if isinstance(value, dict):
            entries.append(_transaction(Fields(value, fields.now, f"{within}.", fields.problems), source_id, id_))
        else:
            fields.wrong(f"{within} is not an object")
    return entries, max((entry["timestamp"] for entry in entries), default=0)


def _transaction(entry: Fields, source_id: str, id_: str) -> dict[str, Any]:
    entry.required_text("id")
    entry.choice("type", _TRANSACTIONS)
    if entry.required_text("nftId") != source_id:
        entry.wrong(f"{entry.within}nftId is that of another item")
    if entry.values.get("price") is not None:
        entry.number("price")
    changed = {
        "nftId": id_, "from": entry.id("from"), "to": entry.id("to"),
        "timestamp": entry.milliseconds("timestamp", required=True) or 0,
    }  # fmt: skip
    return entry.values | changed


def _leftover(fields: Fields, stats: Fields, source_id: str, id_: str) -> str | None:
    left = fields.rest() | ({"stats": stats.rest()} if stats.rest() else {})
    if id_ != source_id:
        left["id"] = source_id
    return json.dumps(left, ensure_ascii=False) if left else None
