"""The user who is meant: by id, e-mail or username, without regard to case."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.texts import can_be_sent, shortened
from alphanest_db.database.folding import folding
from alphanest_db.database.identifiers import load_sql, statement
from alphanest_db.errors import AlphanestError

_SHOWN_USERS = 10
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
        super().__init__(f"there is no user {shortened(text)!r}", "Name one by id, e-mail or username.")
        self.text = text


class AmbiguousUser(AlphanestError):
    """Several users go by this name; `users` holds them."""

    def __init__(self, text: str, users: Sequence[FoundUser]) -> None:
        named = [f"{user.id}  {user.username}  {user.email}" for user in users[:_SHOWN_USERS]]
        more = ["…"] if len(users) > _SHOWN_USERS else []
        super().__init__(
            f"{shortened(text)!r} can be {len(users)} users", "Name the one you mean by id.", [*named, *more]
        )
        self.text = text
        self.users = tuple(users)


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
    with connection.cursor() as cursor:
        cursor.execute(statement(load_sql(__package__, "lookup"), fold=folding(connection)), {"text": text})
        users = [FoundUser(*row) for row in cursor]
    exact = [user for user in users if user.id == text]
    if len(exact or users) > 1:
        raise AmbiguousUser(text, users)
    return next(iter(exact or users), None)


def can_be_stored(text: str) -> bool:
    """False for what neither id, e-mail nor username can be."""
    return len(text) <= _LONGEST and can_be_sent(text)
