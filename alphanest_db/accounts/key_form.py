"""What an API key looks like, to its owner and in the database; asks nobody."""

import hashlib
import hmac
import re
import string
from enum import StrEnum

PREFIX = "ak_"
CHARACTERS = string.ascii_letters + string.digits
SECRET_LENGTH = 32
SHOWN_LENGTH = len(PREFIX) + 4
_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{SECRET_LENGTH}}}")
_HASHED = re.compile(rf"{PREFIX}[A-Za-z0-9]{{4}}\.[0-9a-f]{{64}}")


class KeyForm(StrEnum):
    """In which form a key is stored; `other` is neither of ours."""

    hashed = "hashed"
    plain = "plain"
    other = "other"


class Which(StrEnum):
    """Which keys are meant."""

    inactive = "inactive"
    plain = "plain"


def is_key(text: str) -> bool:
    """True for the form of a key as its owner holds it; never for a stored, hashed one."""
    return _KEY.fullmatch(text) is not None


def is_hashed(text: str) -> bool:
    """True for the form in which a key is stored hashed."""
    return _HASHED.fullmatch(text) is not None


def hashed_form(key: str) -> str:
    """How a key is stored: its first four characters, to tell keys apart by, and its SHA-256.

    >>> hashed_form("ak_abcd" + "0" * 28)[:12]
    'ak_abcd.29c5'
    """
    return f"{shown_form(key)}.{hashlib.sha256(key.encode()).hexdigest()}"


def shown_form(key: str) -> str:
    """As much of a key as may be shown.

    >>> shown_form("ak_abcd" + "0" * 28)
    'ak_abcd'
    """
    return key[:SHOWN_LENGTH]


def with_keys_hidden(text: str) -> str:
    """The text with as much of each key in it as may be shown.

    >>> with_keys_hidden("keys/ak_abcd" + "0" * 28 + ".txt")
    'keys/ak_abcd….txt'
    """
    return _KEY.sub(lambda found: f"{shown_form(found[0])}…", text)


def is_stored_form_of(key: str, stored: str) -> bool:
    """True where `stored` is what a database keeps of the key, hashed or plain.

    Takes a time that does not depend on where they differ, and compares bytes, whatever a collation takes for equal.
    """
    is_hashed = hmac.compare_digest(stored.encode(), hashed_form(key).encode())
    return is_hashed | hmac.compare_digest(stored.encode(), key.encode())
