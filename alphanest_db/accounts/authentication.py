"""Whose an API key is: what a gateway asks at every request."""

import hmac
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.orm import Session

from alphanest_db.accounts.key_form import KeyForm, hashed_form, is_key, shown_form
from alphanest_db.errors import AlphanestError
from alphanest_db.models.user import User


@dataclass(frozen=True)
class KeyCheck:
    """Whose a key is; all but `prefix` is empty where it is nobody's, and that too where it is no key at all."""

    is_known: bool
    prefix: str | None = None
    user_id: str | None = None
    username: str | None = None
    email: str | None = None
    is_active: bool | None = None
    storage: KeyForm | None = None


def authenticate(session: Session, key: str) -> User | None:
    """The active user whose API key this is, whichever way it is stored.

    One look-up by index; the form in which a key is stored is no key. A key that two users hold is nobody's.
    """
    if not is_key(key):
        return None
    # The column beside the object: the session may have known the object since before its key was changed.
    rows = session.execute(select(User, User.api_key).where(_may_be(key)))
    found = [user for user, stored in rows if _matches(key, stored)]
    return found[0] if len(found) == 1 and found[0].is_active else None


def check_key(connection: Connection, key: str) -> KeyCheck:
    """Whose the key is, active or not; reads only. Raises AlphanestError where several users hold it."""
    if not is_key(key):
        return KeyCheck(is_known=False)
    columns = (User.id, User.username, User.email, User.is_active, User.api_key)
    found = [row for row in connection.execute(select(*columns).where(_may_be(key))) if _matches(key, row.api_key)]
    if not found:
        return KeyCheck(is_known=False, prefix=shown_form(key))
    if len(found) > 1:
        ids = " and ".join(sorted(row.id for row in found))
        raise AlphanestError(
            f"the users {ids} hold the same key", "Rotate the key of each with `alphanest key rotate`."
        )
    id_, username, email, is_active, stored = found[0]
    storage = KeyForm.plain if is_key(stored or "") else KeyForm.hashed
    return KeyCheck(True, shown_form(key), id_, username, email, bool(is_active), storage)


def _may_be(key: str) -> ColumnElement[bool]:
    return User.api_key.in_((hashed_form(key), key))


def _matches(key: str, stored: str | None) -> bool:
    """Compares in a time that does not depend on where they differ, and by bytes, whatever the column's collation says."""
    held = (stored or "").encode()
    is_hashed = hmac.compare_digest(held, hashed_form(key).encode())
    return is_hashed | hmac.compare_digest(held, key.encode())
