"""Passwords: hashed with bcrypt, verified in both forms that deployed databases hold."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

import bcrypt

from alphanest_db.errors import InvalidInput
from alphanest_db.settings import PasswordScheme

MIN_CHARACTERS = 6
MAX_BYTES = 72  # what bcrypt reads of a password; bcrypt 5 raises on more
UNUSABLE = "!"

# passlib.hash.bcrypt_sha256, version 2: bcrypt over base64(HMAC-SHA256(key=salt, password)).
_SHA256_FORM = re.compile(r"^\$bcrypt-sha256\$v=2,t=(2[ab]),r=(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$")


class WeakPassword(InvalidInput):
    """The password breaks a rule; `violations` names each one."""

    def __init__(self, violations: Sequence[str]) -> None:
        super().__init__(f"the password {' and '.join(violations)}", "Choose another password.")
        self.violations = tuple(violations)


def password_violations(password: str) -> list[str]:
    """What is wrong with the password, nothing where it will do.

    >>> password_violations("abc")
    ['has fewer than 6 characters']
    """
    violations = []
    if len(password) < MIN_CHARACTERS:
        violations.append(f"has fewer than {MIN_CHARACTERS} characters")
    if len(password.encode()) > MAX_BYTES:
        violations.append(f"has more than {MAX_BYTES} bytes")
    if "\0" in password:
        violations.append("holds a NUL character")
    return violations


def hash_password(password: str, *, cost: int = 12, scheme: PasswordScheme = PasswordScheme.bcrypt) -> str:
    """The form in which the password is stored, with a salt of its own. Cost 12 takes a quarter of a second.

    Raises WeakPassword.
    """
    violations = password_violations(password)
    if violations:
        raise WeakPassword(violations)
    salt = bcrypt.gensalt(cost)
    if scheme is PasswordScheme.bcrypt:
        return bcrypt.hashpw(password.encode(), salt).decode()
    _, kind, rounds, rest = bcrypt.hashpw(_prehashed(password, salt[-22:]), salt).decode().split("$")
    return f"$bcrypt-sha256$v=2,t={kind},r={int(rounds)}${rest[:22]}${rest[22:]}"


def verify_password(password: str, stored: str) -> bool:
    """True where `stored` was made from the password; False too for forms that nobody can log in with."""
    if stored.startswith(UNUSABLE) or "\0" in password:
        return False
    try:
        if match := _SHA256_FORM.fullmatch(stored):
            kind, rounds, salt, digest = match.groups()
            whole = f"${kind}${int(rounds):02d}${salt}{digest}".encode()
            return bcrypt.checkpw(_prehashed(password, salt.encode()), whole)
        return len(password.encode()) <= MAX_BYTES and bcrypt.checkpw(password.encode(), stored.encode())
    except ValueError:
        return False


def _prehashed(password: str, salt: bytes) -> bytes:
    digest = hmac.new(salt, password.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest)
