"""The API key of one user: given, replaced, taken away.

A new key is told before the transaction that stores it is committed. Whatever happens in between, nobody is left with a key
that nobody was told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import issue_key, storage_in_use
from alphanest_db.accounts.key_form import KeyForm, shown_form
from alphanest_db.accounts.lookup import FoundUser, UnknownUser, get_user
from alphanest_db.errors import AlphanestError, Refused
from alphanest_db.settings import KeyStorage

_WAIT = "SET LOCAL lock_timeout = '15s'"


@dataclass(frozen=True)
class NewKey:
    """A key that its owner is to be told, once."""

    key: str = field(repr=False)
    prefix: str
    user_id: str
    username: str
    email: str
    is_active: bool
    storage: KeyForm


@dataclass(frozen=True)
class RevokedKey:
    """A user who has no key any more."""

    user_id: str
    username: str
    email: str


Tell = Callable[[NewKey], None]


class HasKey(Refused):
    """The user has a key already, which a new one would end."""

    def __init__(self, user: FoundUser) -> None:
        super().__init__(
            f"user {user.username!r} has a key already", "`alphanest key rotate` replaces it; the old one ends then."
        )
        self.user = user


class HasNoKey(AlphanestError):
    """The user has no key."""

    def __init__(self, user: FoundUser) -> None:
        super().__init__(f"user {user.username!r} has no key", "`alphanest key issue` gives one.")
        self.user = user


class KeyNotTold(AlphanestError):
    """The new key could not be written out, so it was not stored."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"the new key could not be written: {error.strerror or error}", "Nothing was changed: try again."
        )


def issue(connection: Connection, name: str, configured: KeyStorage, tell: Tell) -> NewKey:
    """Give a key to a user who has none; the caller commits.

    Raises UnknownUser, AmbiguousUser, HasKey, and KeyNotTold where `tell` raised an OSError.
    """
    user = get_user(connection, name)
    if _locked_key(connection, user) is not None:
        raise HasKey(user)
    return _give(connection, user, configured, tell)


def rotate(connection: Connection, name: str, configured: KeyStorage, tell: Tell) -> NewKey:
    """Replace the key of a user who has one; the old one ends when the caller commits.

    Two at once wait for each other. Raises UnknownUser, AmbiguousUser, HasNoKey, and KeyNotTold where `tell` raised an OSError.
    """
    user = get_user(connection, name)
    if _locked_key(connection, user) is None:
        raise HasNoKey(user)
    return _give(connection, user, configured, tell)


def revoke(connection: Connection, user: FoundUser) -> RevokedKey:
    """Take the user's key away; the caller commits. Raises UnknownUser and HasNoKey."""
    if _locked_key(connection, user) is None:
        raise HasNoKey(user)
    _store(connection, user, None)
    return RevokedKey(user.id, user.username, user.email)


def _give(connection: Connection, user: FoundUser, configured: KeyStorage, tell: Tell) -> NewKey:
    issued = issue_key(storage_in_use(connection, configured))
    _store(connection, user, issued.stored)
    form = KeyForm.plain if issued.stored == issued.key else KeyForm.hashed
    new = NewKey(issued.key, shown_form(issued.key), user.id, user.username, user.email, user.is_active, form)
    try:
        tell(new)
    except OSError as error:
        raise KeyNotTold(error) from error
    return new


def _locked_key(connection: Connection, user: FoundUser) -> str | None:
    """What is stored for the user, whose row is locked until the transaction ends; others who hold it are waited for a while."""
    with connection.cursor() as cursor:
        cursor.execute(_WAIT)
        cursor.execute("SELECT api_key FROM users WHERE id = %s FOR UPDATE", (user.id,))
        row = cursor.fetchone()
    if row is None:
        raise UnknownUser(user.id)
    stored: str | None = row[0]
    return stored


def _store(connection: Connection, user: FoundUser, stored: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users SET api_key = %s, updated_at = now() WHERE id = %s", (stored, user.id))
