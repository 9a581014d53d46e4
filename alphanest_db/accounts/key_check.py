"""Whose an API key is, told to an operator."""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.key_form import KeyForm, hashed_form, is_key, is_stored_form_of, shown_form
from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import AlphanestError


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


def check_key(connection: Connection, key: str) -> KeyCheck:
    """Whose the key is, active or not; reads only. Raises AlphanestError where several users hold it."""
    if not is_key(key):
        return KeyCheck(is_known=False)
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "key_check"), {"hashed": hashed_form(key), "plain": key})
        found = [row for row in cursor if is_stored_form_of(key, row[-1])]
    if not found:
        return KeyCheck(is_known=False, prefix=shown_form(key))
    if len(found) > 1:
        ids = " and ".join(row[0] for row in found)
        raise AlphanestError(
            f"the users {ids} hold the same key", "Rotate the key of each with `alphanest key rotate`."
        )
    id_, username, email, is_active, stored = found[0]
    storage = KeyForm.plain if is_key(stored) else KeyForm.hashed
    return KeyCheck(True, shown_form(key), id_, username, email, is_active, storage)
