"""Is this the user's password?"""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import FoundUser, find_user
from alphanest_db.accounts.passwords import is_out_of_date, rehash, verify_in_constant_time
from alphanest_db.settings import Settings


@dataclass(frozen=True)
class PasswordCheck:
    """What a password is to a user. Where it does not match, nothing else is told: not even whether there is such a user."""

    matches: bool
    user_id: str | None = None
    username: str | None = None
    is_active: bool | None = None
    out_of_date: bool | None = None
    rehashed: bool = False


def check_password(
    connection: Connection, text: str, password: str, settings: Settings, *, renew: bool = False
) -> PasswordCheck:
    """Whether the password is that of the user who goes by `text`; a user who is not there takes as long as a wrong password.

    With `renew`, a hash that is out of date in cost or scheme is made anew. Raises AmbiguousUser.
    """
    user = find_user(connection, text)
    stored = _stored_hash(connection, user.id if user else "")
    if not verify_in_constant_time(password, stored, cost=settings.bcrypt_cost) or user is None or stored is None:
        return PasswordCheck(matches=False)
    stale = is_out_of_date(stored, cost=settings.bcrypt_cost, scheme=settings.password_scheme)
    renewed = renew and stale and _renew(connection, user, password, stored, settings)
    return PasswordCheck(True, user.id, user.username, user.is_active, stale and not renewed, renewed)


def _stored_hash(connection: Connection, user_id: str) -> str | None:
    """Asked for nobody as well, so that a user who is not there is as many questions as one who is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hashed_password FROM users WHERE id = %s", (user_id,))
        row = cursor.fetchone()
        return row[0] if row else None


def _renew(connection: Connection, user: FoundUser, password: str, stored: str, settings: Settings) -> bool:
    """Store a new hash of the same password, unless somebody has set another meanwhile."""
    hashed = rehash(password, cost=settings.bcrypt_cost, scheme=settings.password_scheme)
    if hashed is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE users SET hashed_password = %s WHERE id = %s AND hashed_password = %s", (hashed, user.id, stored)
        )
        return cursor.rowcount == 1
