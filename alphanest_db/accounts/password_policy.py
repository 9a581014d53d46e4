"""Which passwords will do."""

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

from alphanest_db.errors import InvalidInput

MIN_CHARACTERS = 6
MAX_BYTES = 72  # what bcrypt reads of a password; bcrypt 5 raises on more

_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")


class WeakPassword(InvalidInput):
    """The password breaks a rule; `violations` names each one."""

    def __init__(self, violations: Sequence[str]) -> None:
        count = len(violations)
        details = [f"the password {violation}" for violation in violations]
        super().__init__(
            f"the password breaks {count} rule{'s' if count != 1 else ''}", "Choose another password.", details
        )
        self.violations = tuple(violations)


def password_limits(password: str, *, min_length: int = MIN_CHARACTERS) -> list[str]:
    """What makes the password impossible to store, nothing where it can be.

    >>> password_limits("abc")
    ['has fewer than 6 characters']
    """
    violations = []
    if len(password) < min_length:
        violations.append(f"has fewer than {min_length} characters")
    if len(password.encode(errors="replace")) > MAX_BYTES:
        violations.append(f"has more than {MAX_BYTES} bytes")
    if "\0" in password:
        violations.append("holds a NUL character")
    if _HALF_CHARACTERS.search(password):
        violations.append("holds half a character (a lone surrogate)")
    return violations


def password_violations(password: str, *, min_length: int = MIN_CHARACTERS, names: Sequence[str] = ()) -> list[str]:
    """What is wrong with the new password of a user who goes by `names`, nothing where it will do.

    >>> password_violations("Anna@example.com", names=["anna", "anna@example.com"])
    ['is the username or the e-mail']
    """
    violations = password_limits(password, min_length=min_length)
    folded = password.casefold()
    if folded and folded in {name.casefold() for name in names}:
        violations.append("is the username or the e-mail")
    if folded in _most_common():
        violations.append("is one of the most common passwords")
    return violations


def require_strong(password: str, *, min_length: int = MIN_CHARACTERS, names: Sequence[str] = ()) -> None:
    """Raises WeakPassword."""
    if violations := password_violations(password, min_length=min_length, names=names):
        raise WeakPassword(violations)


@cache
def _most_common() -> frozenset[str]:
    text = resources.files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
