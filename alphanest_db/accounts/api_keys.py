"""API keys: made, shown once, and stored as a hash from which nobody gets the key back."""

import secrets
from dataclasses import dataclass, field

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.key_form import CHARACTERS, PREFIX, SECRET_LENGTH, hashed_form
from alphanest_db.database.identifiers import load_sql
from alphanest_db.settings import KeyStorage

_CHARACTER_OF_BYTE = bytes(ord(CHARACTERS[byte % len(CHARACTERS)]) for byte in range(256))
_UNFAIR_BYTES = bytes(range(256 - 256 % len(CHARACTERS), 256))  # they would make the first characters likelier


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key: what its owner gets, once, and what the database keeps."""

    key: str = field(repr=False)
    stored: str = field(repr=False)


def issue_key(storage: KeyStorage) -> IssuedKey:
    """A new random key, to be stored hashed unless `storage` is plain."""
    return issue_keys(1, storage)[0]


def issue_keys(count: int, storage: KeyStorage) -> list[IssuedKey]:
    """So many new keys, made at once: an import issues a hundred thousand."""
    secret = _random_characters(count * SECRET_LENGTH)
    keys = [PREFIX + secret[start : start + SECRET_LENGTH] for start in range(0, len(secret), SECRET_LENGTH)]
    return [IssuedKey(key, key if storage is KeyStorage.plain else hashed_form(key)) for key in keys]


def _random_characters(count: int) -> str:
    """As `secrets.choice` would choose them one by one, twenty times as fast."""
    chosen = b""
    while len(chosen) < count:
        chosen += secrets.token_bytes(count).translate(_CHARACTER_OF_BYTE, _UNFAIR_BYTES)
    return chosen[:count].decode()


def storage_in_use(connection: Connection, configured: KeyStorage) -> KeyStorage:
    """How new keys are to be stored here: `auto` is plain where the database holds plain keys, hashed otherwise."""
    if configured is not KeyStorage.auto:
        return configured
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "holds_plain_keys"))
        row = cursor.fetchone()
    return KeyStorage.plain if row and row[0] else KeyStorage.hashed
