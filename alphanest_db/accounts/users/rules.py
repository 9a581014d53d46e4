"""What a user's name, e-mail and avatar may be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from alphanest_db.errors import InvalidInput
from alphanest_db.redact import printable
from alphanest_db.units import plural

USERNAME_LENGTH = (3, 100)
LONGEST_EMAIL = 255
LONGEST_AVATAR = 10  # code points, as PostgreSQL measures varchar(10)
LONGEST_CUSTOMER = 255
# What needs no library to be a valid part before the @, so that many addresses of one domain are quickly told.
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")
_ALWAYS_SHORT_ENOUGH = 64
# Letters, marks and a sign by their category, of which nothing is seen: fillers of Hangul, vowels of Khmer, an empty Braille cell.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")


@dataclass(frozen=True)
class Violation:
    """A rule that a field breaks."""

    field: str
    problem: str

    def __str__(self) -> str:
        return f"the {self.field} {self.problem}"


class InvalidUser(InvalidInput):
    """What is given for a user breaks rules; `violations` holds all of them."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        details = [str(violation) for violation in violations]
        super().__init__(
            f"the user breaks {plural(len(violations), 'rule')}", "Nothing was changed; mend that.", details
        )
        self.violations = tuple(violations)


def username_violations(username: str) -> list[Violation]:
    """What is wrong with the username.

    >>> [str(violation) for violation in username_violations("an")]
    ['the username has fewer than 3 characters']
    """
    shortest, longest = USERNAME_LENGTH
    problems = []
    if len(username) < shortest:
        problems.append(f"has fewer than {shortest} characters")
    if len(username) > longest:
        problems.append(f"has more than {longest} characters")
    elif printable(username) != username:
        problems.append(f"holds control or invisible characters: {printable(username)}")
    elif unseen := _UNSEEN.search(username):
        problems.append(f"holds a character of which nothing is seen: U+{ord(unseen[0]):04X}")
    if username != username.strip():
        problems.append("begins or ends with a space")
    return [Violation("username", problem) for problem in problems]


def email_violations(email: str) -> list[Violation]:
    """What is wrong with the e-mail's form; whether mail would arrive is not asked.

    >>> [str(violation) for violation in email_violations("anna")]
    ['the email is not valid: an email address must have an @-sign']
    """
    if len(email) > LONGEST_EMAIL:
        return [Violation("email", f"has more than {LONGEST_EMAIL} characters")]
    local, _, domain = email.rpartition("@")
    is_plain = len(email) <= _ALWAYS_SHORT_ENOUGH and _PLAIN_LOCAL_PART.fullmatch(local)
    problem = _email_problem(f"x@{domain}" if is_plain else email)  # thousands share a domain, which is asked for once
    return [Violation("email", problem)] if problem else []


@lru_cache(maxsize=10_000)
def _email_problem(email: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email  # 40 ms that only whoever writes has to wait

    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError as error:
        said = str(error).removesuffix(".")
        return f"is not valid: {said[:1].lower()}{said[1:]}"
    return None


def avatar_violations(avatar: str) -> list[Violation]:
    """What is wrong with the avatar: up to ten code points, of which a family of four with skin tones takes eleven.

    >>> avatar_violations("👩‍🚀")
    []
    """
    problems = []
    if not avatar.strip():
        problems.append("is empty")
    if len(avatar) > LONGEST_AVATAR:
        problems.append(f"has {len(avatar):,} code points, more than {LONGEST_AVATAR}")
    elif any(char < " " or "\x7f" <= char < "\xa0" or "\ud800" <= char <= "\udfff" for char in avatar):
        problems.append(f"holds control characters: {printable(avatar)}")
    return [Violation("avatar", problem) for problem in problems]


def customer_violations(customer: str) -> list[Violation]:
    """What is wrong with the id of a Stripe customer."""
    if len(customer) > LONGEST_CUSTOMER:
        return [Violation("stripe customer", f"has more than {LONGEST_CUSTOMER} characters")]
    if not (customer.isascii() and customer.isprintable()) or " " in customer:
        return [Violation("stripe customer", "is not made of letters, digits and signs of ASCII alone")]
    return []
