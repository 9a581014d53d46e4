"""Registering a user as the platform does: with an API key, a subscription and a booth, in one transaction."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import issue_key, storage_in_use
from alphanest_db.accounts.password_policy import password_violations
from alphanest_db.accounts.passwords import hash_password
from alphanest_db.accounts.users.model import NewUser, RegisteredUser
from alphanest_db.accounts.users.rows import UserRows, insert_rows, rows_of
from alphanest_db.accounts.users.rules import (
    InvalidUser,
    Violation,
    avatar_violations,
    email_violations,
    username_violations,
)
from alphanest_db.accounts.users.uniqueness import claim_names, conflicts_told
from alphanest_db.settings import Settings


def register_user(
    connection: Connection, user: NewUser, settings: Settings, *, generated: bool = False
) -> RegisteredUser:
    """Put the user in; the caller's transaction commits it. `generated` gives the password back, to be shown.

    Raises InvalidUser with all rules that are broken, and NameTaken.
    """
    require_valid(user, settings.password_min_length)
    hashed = hash_password(user.password, cost=settings.bcrypt_cost, scheme=settings.password_scheme)
    key = issue_key(storage_in_use(connection, settings.api_key_storage))
    rows = rows_of(user, hashed, key.stored)
    claim_names(connection, username=user.username, email=user.email)
    with conflicts_told():
        insert_rows(connection, [rows])
    return _registered(user, rows, key.key, user.password if generated else None)


def require_valid(user: NewUser, password_min_length: int) -> None:
    """Raises InvalidUser with every rule that is broken."""
    names = (user.username, user.email)
    passwords = password_violations(user.password, min_length=password_min_length, names=names)
    violations = [
        *username_violations(user.username), *email_violations(user.email), *avatar_violations(user.avatar),
        *(Violation("password", problem) for problem in passwords),
    ]  # fmt: skip
    if violations:
        raise InvalidUser(violations)


def _registered(user: NewUser, rows: UserRows, key: str, password: str | None) -> RegisteredUser:
    subscription, booth = rows.subscriptions, rows.market_booths
    return RegisteredUser(
        id=str(rows.users["id"]), username=user.username, email=user.email, avatar=user.avatar,
        api_key=key, password=password,
        subscription_id=str(subscription["id"]) if subscription else None,
        status=user.status if subscription else None,
        plan=user.plan if subscription else None,
        booth_id=str(booth["id"]) if booth else None,
    )  # fmt: skip
