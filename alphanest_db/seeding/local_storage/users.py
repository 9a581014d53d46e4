"""A user of an export, as it is staged."""

import json
from typing import Any

from alphanest_db.models.values import DEFAULT_AVATAR
from alphanest_db.seeding.local_storage.accounts import Accounts
from alphanest_db.seeding.local_storage.fields import Fields, fitting_id, time_of
from alphanest_db.seeding.local_storage.reading import Record
from alphanest_db.seeding.local_storage.staged import StagedUser

_DROPPED = ("passwordHash",)  # of 32 bits: nobody can log in by it, and it tells something of the password


def staged_user(record: Record, fields: Fields, place: int, accounts: Accounts) -> StagedUser:
    """The user's row; what is wrong with it is in the problems of `fields`."""
    username, email = fields.required_text("username"), fields.required_text("email")
    for problem in (*accounts.username_problems(username), *accounts.email_problems(email)):
        fields.wrong(problem) if username and email else None
    avatar = fields.text("avatar") or DEFAULT_AVATAR
    created, updated = fields.milliseconds("createdAt"), fields.milliseconds("updatedAt")
    source_id, bio = fields.required_text("id"), fields.text("bio")
    id_ = fitting_id(source_id)
    return StagedUser(
        place=place, path=record.path, at=record.place, source_id=source_id, id=id_, username=username, email=email,
        avatar=avatar if accounts.is_avatar(avatar) else DEFAULT_AVATAR, bio=bio or None,
        created_at=time_of(created), known_at=time_of(max(created or 0, updated or 0) or None),
        leftover=_leftover(fields, id_, source_id, None if accounts.is_avatar(avatar) else avatar), record=record.text,
    )  # fmt: skip


def _leftover(fields: Fields, id_: str, source_id: str, avatar: str | None) -> str | None:
    """What has no column; the bio is looked at when the booth is known."""
    left: dict[str, Any] = fields.rest(*_DROPPED)  # Any: whatever JSON can hold
    if avatar is not None:
        left["avatar"] = avatar
    if id_ != source_id:
        left["id"] = source_id
    return json.dumps(left, ensure_ascii=False) if left else None
