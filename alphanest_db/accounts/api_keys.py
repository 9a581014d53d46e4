"""API keys: made, shown once, and stored as a hash from which nobody gets the key back."""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from alphanest_db.accounts.key_form import CHARACTERS, PREFIX, SECRET_LENGTH, hashed_form
from alphanest_db.database.identifiers import load_sql
from alphanest_db.settings import KeyStorage


@dataclass(frozen=True)
class IssuedKey:
    """A new key: what its owner gets, once, and what the database keeps."""

    key: str = field(repr=False)
    stored: str = field(repr=False)


def issue_key(storage: KeyStorage) -> IssuedKey:
    """A new random key, to be stored hashed unless `storage` is plain."""
    key = PREFIX + "".join(secrets.choice(CHARACTERS) for _ in range(SECRET_LENGTH))
    return IssuedKey(key, key if storage is KeyStorage.plain else hashed_form(key))


def storage_in_use(connection: Connection, configured: KeyStorage) -> KeyStorage:
    """How new keys are to be stored here: `auto` is plain where the database holds plain keys, hashed otherwise."""
    if configured is not KeyStorage.auto:
        return configured
    holds_plain = connection.execute(text(load_sql(__package__, "holds_plain_keys"))).scalar()
    return KeyStorage.plain if holds_plain else KeyStorage.hashed
