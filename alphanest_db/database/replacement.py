"""A new database beside the live one: like it in all that belongs to its name, and the moment in which it takes that name.

Until that moment nothing touches the live database, and the moment is one transaction.
"""

from datetime import datetime

from psycopg2 import errors

from alphanest_db.database.connect import session
from alphanest_db.database.databases import create_database, maintenance_session
from alphanest_db.database.failures import primary_message
from alphanest_db.database.locks import MIGRATOR, LockProgress, acquire
from alphanest_db.database.properties import (
    DatabaseProperties,
    copy_properties,
    create_database_like,
    find_properties,
)
from alphanest_db.database.swap import Swapped, kept_name, swap
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused


def properties_of(live: Target, *, timeout_seconds: int = 10) -> DatabaseProperties | None:
    """What the new database is to be like; None where there is no live one."""
    with maintenance_session(live, timeout_seconds=timeout_seconds) as connection:
        return find_properties(connection, live.database)


def create_shadow(shadow: Target, like: DatabaseProperties | None, *, timeout_seconds: int = 10) -> tuple[str, ...]:
    """Make the new database; in words what it could not be like. Raises Refused where the role may not."""
    if like is None:
        create_database(shadow, timeout_seconds=timeout_seconds)
        return ()
    with maintenance_session(shadow, timeout_seconds=timeout_seconds) as connection:
        try:
            create_database_like(connection, shadow.database, like)
        except errors.InsufficientPrivilege as error:
            raise Refused(
                f"user {shadow.user!r} may not create a database for {like.owner!r}: {primary_message(error)}",
                "Connect as a superuser, or as a member of that role with CREATEDB.",
            ) from error
        except (
            errors.WrongObjectType,
            errors.InvalidParameterValue,
            errors.FeatureNotSupported,
            errors.SyntaxError,
        ) as error:
            create_database(shadow, encoding=like.encoding, timeout_seconds=timeout_seconds)
            return (f"the locale {like.locale or like.collate} is not known here: {primary_message(error)}",)
    return ()


def dress_shadow(shadow: Target, like: DatabaseProperties, *, timeout_seconds: int = 10) -> tuple[str, ...]:
    """Give the new database what belongs to the name and not to what is in it; in words what could not be given."""
    with maintenance_session(shadow, timeout_seconds=timeout_seconds) as connection:
        return tuple(f"could not be kept: {what}" for what in copy_properties(connection, shadow.database, like))


def take_over(
    live: Target, shadow: Target, *, now: datetime, lock_wait_seconds: float, timeout_seconds: int = 10,
    progress: LockProgress = lambda _waited, _holder: None,
) -> Swapped:  # fmt: skip
    """Let the new database take the live one's name, and keep the live one under another; no migration is at work then.

    Raises LockTimeout, and Refused where the server does not let us; nothing is changed then.
    """
    with maintenance_session(live, timeout_seconds=timeout_seconds) as connection:
        kept = kept_name(connection, live.database, now)
    # The swap ends the session that holds the lock, as all others.
    with session(live, timeout_seconds=timeout_seconds, application_name="alphanest lock") as locking:
        acquire(locking, MIGRATOR, wait_seconds=lock_wait_seconds, progress=progress)
        return swap(live, shadow.database, kept, timeout_seconds=timeout_seconds)
