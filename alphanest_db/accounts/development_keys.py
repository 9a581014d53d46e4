"""API keys of synthetic users: whoever knows the seed knows them all, so they are for load tests, and for nothing else."""

import hashlib

from alphanest_db.accounts.key_form import CHARACTERS, PREFIX, hashed_form
from alphanest_db.settings import KeyStorage

_CHARACTER_OF_BYTE = bytes(ord(CHARACTERS[byte % len(CHARACTERS)]) for byte in range(256))


def development_key(seed: int, number: int) -> str:
    """The key of the synthetic user with this number, from 1 on.

    A character for each byte of a SHA-256, so that a load test in any language can make it, too.

    >>> development_key(7, 1)
    'ak_Hbn19B6ZxbYum1aNVFzoJ1gU4KTiztPz'
    """
    digest = hashlib.sha256(f"alphanest synthetic {seed} {number}".encode()).digest()
    return PREFIX + digest.translate(_CHARACTER_OF_BYTE).decode()


def stored_development_key(seed: int, number: int, storage: KeyStorage) -> str:
    """What the database keeps of that key."""
    key = development_key(seed, number)
    return key if storage is KeyStorage.plain else hashed_form(key)
