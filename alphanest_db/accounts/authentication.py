"""Whose an API key is: what a gateway asks at every request."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from alphanest_db.accounts.key_form import hashed_form, is_key, is_stored_form_of
from alphanest_db.models.user import User


def authenticate(session: Session, key: str) -> User | None:
    """The active user whose API key this is, whichever way it is stored.

    One look-up by index; the form in which a key is stored is no key. A key that two users hold is nobody's.
    """
    if not is_key(key):
        return None
    # The column beside the object: the session may have known the object since before its key was changed.
    rows = session.execute(select(User, User.api_key).where(User.api_key.in_((hashed_form(key), key))))
    found = [user for user, stored in rows if stored and is_stored_form_of(key, stored)]
    return found[0] if len(found) == 1 and found[0].is_active else None
