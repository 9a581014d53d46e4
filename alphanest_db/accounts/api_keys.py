"""API keys: made, shown once, and stored as a hash from which nobody gets the key back."""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from alphanest_db.database.identifiers import load_sql
from alphanest_db.settings import KeyStorage

PREFIX = "ak_"
_CHARACTERS = string.ascii_letters + string.digits
_SECRET_LENGTH = 32
_KEY = re.compile(rf"^{PREFIX}[A-Za-z0-9]{{{_SECRET_LENGTH}}}$")


@dataclass(frozen=True)
class IssuedKey:
    """A new key: what its owner gets, once, and what the database keeps."""

    key: str = field(repr=False)
    stored: str


def issue_key(storage: KeyStorage) -> IssuedKey:
    """A new random key, to be stored hashed unless `storage` is plain."""
    key = PREFIX + "".join(secrets.choice(_CHARACTERS) for _ in range(_SECRET_LENGTH))
    return IssuedKey(key, key if storage is KeyStorage.plain else hashed_form(key))


def hashed_form(key: str) -> str:
    """How a key is stored: its first four characters, to tell keys apart by, and its SHA-256.

    >>> hashed_form("ak_abcd" + "0" * 28)[:12]
    'ak_abcd.29c5'
    """
    return f"{key[: len(PREFIX) + 4]}.{hashlib.sha256(key.encode()).hexdigest()}"


def is_key(text: str) -> bool:
    """True for the form of a key as its owner holds it; never for a stored, hashed one."""
    return _KEY.fullmatch(text) is not None


def storage_in_use(connection: Connection, configured: KeyStorage) -> KeyStorage:
    """How new keys are to be stored here: `auto` is plain where the database holds plain keys, hashed otherwise."""
    if configured is not KeyStorage.auto:
        return configured
    holds_plain = connection.execute(text(load_sql(__package__, "holds_plain_keys"))).scalar()
    return KeyStorage.plain if holds_plain else KeyStorage.hashed
