"""Passwords: hashed with bcrypt, verified in both forms that deployed databases hold."""

import base64
import hashlib
import hmac
import re
import secrets

import bcrypt

from alphanest_db.accounts.password_policy import MAX_BYTES, WeakPassword, password_limits
from alphanest_db.accounts.texts import can_be_sent
from alphanest_db.settings import PasswordScheme

UNUSABLE = "!"
# What cannot be taken for one another when it is read out or written down.
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GENERATED_LENGTH = 20  # 115 bits

# Costs are those that bcrypt knows, 4 to 31: of another one no password could be verified.
_BCRYPT_FORM = re.compile(r"^\$2[abxy]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$")
# passlib.hash.bcrypt_sha256, version 2: bcrypt over base64(HMAC-SHA256(key=salt, password)).
_SHA256_FORM = re.compile(
    r"^\$bcrypt-sha256\$v=2,t=(2[ab]),r=([4-9]|[12]\d|3[01])\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$"
)


def hash_password(
    password: str, *, cost: int = 12, scheme: PasswordScheme = PasswordScheme.bcrypt, salt: str | None = None
) -> str:
    """The form in which the password is stored, with a salt of its own unless one is given. Cost 12 takes a quarter of a second.

    Raises WeakPassword where it cannot be stored; whether it will do is for `password_policy` to say.
    """
    if violations := password_limits(password):
        raise WeakPassword(violations)
    return _hashed(password, cost, scheme, salt)


def generate_password() -> str:
    """A new random password of 20 letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GENERATED_LENGTH))


def verify_password(password: str, stored: str) -> bool:
    """True where `stored` was made from the password; False too for forms that nobody can log in with."""
    if not _can_match(password, stored):
        return False
    try:
        if match := _SHA256_FORM.fullmatch(stored):
            kind, rounds, salt, digest = match.groups()
            whole = f"${kind}${int(rounds):02d}${salt}{digest}".encode()
            return bcrypt.checkpw(_prehashed(password, salt.encode()), whole)
        return bcrypt.checkpw(password.encode(), stored.encode())
    except ValueError:
        return False


def verify_in_constant_time(password: str, stored: str | None, *, cost: int = 12) -> bool:
    """As `verify_password`, taking as long for a user who is not there (None) as for a wrong password hashed at `cost` or less."""
    if stored is None or not _can_match(password, stored):
        _hashed("", cost, PasswordScheme.bcrypt)
        return False
    if verify_password(password, stored):
        return True
    _, used = _read(stored) or (None, cost)
    for missing in range(used, cost):  # each is twice the work of the one before: together with `used`, that of `cost`
        _hashed("", missing, PasswordScheme.bcrypt)
    return False


def is_hash(stored: str) -> bool:
    """True for the two forms that can be verified.

    >>> is_hash("$2b$12$" + "x" * 53), is_hash("secret")
    (True, False)
    """
    return _read(stored) is not None


def is_out_of_date(stored: str, *, cost: int, scheme: PasswordScheme) -> bool:
    """True where the hash is of another scheme than new ones are, or cheaper.

    >>> is_out_of_date("$2b$10$" + "x" * 53, cost=12, scheme=PasswordScheme.bcrypt)
    True
    """
    read = _read(stored)
    return read is not None and (read[0] is not scheme or read[1] < cost)


def rehash(password: str, *, cost: int, scheme: PasswordScheme) -> str | None:
    """The stored form of a password that was verified, however short; None where the scheme cannot hold it whole."""
    return None if password_limits(password, min_length=0) else _hashed(password, cost, scheme)


def _read(stored: str) -> tuple[PasswordScheme, int] | None:
    if match := _SHA256_FORM.fullmatch(stored):
        return PasswordScheme.bcrypt_sha256, int(match[2])
    match = _BCRYPT_FORM.fullmatch(stored)
    return (PasswordScheme.bcrypt, int(match[1])) if match else None


def _can_match(password: str, stored: str) -> bool:
    """False for what is known without hashing not to match."""
    form = _read(stored)
    return bool(
        form and can_be_sent(password) and (form[0] is not PasswordScheme.bcrypt or len(password.encode()) <= MAX_BYTES)
    )


def _hashed(password: str, cost: int, scheme: PasswordScheme, given: str | None = None) -> str:
    salt = f"$2b${cost:02}${given}".encode() if given else bcrypt.gensalt(cost)
    if scheme is PasswordScheme.bcrypt:
        return bcrypt.hashpw(password.encode(), salt).decode()
    _, kind, rounds, rest = bcrypt.hashpw(_prehashed(password, salt[-22:]), salt).decode().split("$")
    return f"$bcrypt-sha256$v=2,t={kind},r={int(rounds)}${rest[:22]}${rest[22:]}"


def _prehashed(password: str, salt: bytes) -> bytes:
    digest = hmac.new(salt, password.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest)
