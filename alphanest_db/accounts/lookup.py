"""The user who is meant: by id, e-mail or username, without regard to case."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from alphanest_db.errors import AlphanestError
from alphanest_db.models.user import User

_SHOWN = 60  # characters of what was typed, and ids of those who are meant, that fit into a sentence
_SHOWN_USERS = 5
_LONGEST = 255  # the longest of the three columns


@dataclass(frozen=True)
class FoundUser:
    """Who somebody is; `is_active` is False too where the database says nothing."""

    id: str
    email: str
    username: str
    is_active: bool


class UnknownUser(AlphanestError):
    """Nobody goes by this id, e-mail or username."""

    def __init__(self, text: str) -> None:
        super().__init__(f"there is no user {_shown(text)!r}", "Name one by id, e-mail or username.")
        self.text = text


class AmbiguousUser(AlphanestError):
    """Several users go by this name; `users` holds them."""

    def __init__(self, text: str, users: Sequence[FoundUser]) -> None:
        named = ", ".join(f"{user.id} ({_shown(user.username)}, {_shown(user.email)})" for user in users[:_SHOWN_USERS])
        more = ", …" if len(users) > _SHOWN_USERS else ""
        super().__init__(f"{_shown(text)!r} can be several users: {named}{more}", "Name the one you mean by id.")
        self.text = text
        self.users = tuple(users)


def can_be_stored(text: str) -> bool:
    """False for what no text column of PostgreSQL can hold, and psycopg2 cannot send."""
    return len(text) <= _LONGEST and "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def get_user(connection: Connection, text: str) -> FoundUser:
    """The user who goes by this id, e-mail or username. Raises UnknownUser and AmbiguousUser."""
    found = find_user(connection, text)
    if found is None:
        raise UnknownUser(text)
    return found


def find_user(connection: Connection, text: str) -> FoundUser | None:
    """The user who goes by this id, e-mail or username, if anybody does; reads only.

    An id written exactly means its user alone, so that everybody can be named. Otherwise case does not matter, and whoever
    could be meant counts. Raises AmbiguousUser.
    """
    if not can_be_stored(text):
        return None
    columns = (User.id, User.email, User.username, User.is_active)
    same = or_(*(func.lower(column) == func.lower(text) for column in (User.id, User.email, User.username)))
    rows = connection.execute(select(*columns).where(same).order_by(User.id))
    users = [FoundUser(id_, email, username, bool(is_active)) for id_, email, username, is_active in rows]
    exact = [user for user in users if user.id == text]
    if len(exact or users) > 1:
        raise AmbiguousUser(text, users)
    return next(iter(exact or users), None)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
