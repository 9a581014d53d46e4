"""What an error that PostgreSQL raised in the middle of the work means to the person at the terminal."""

import psycopg2
from psycopg2 import errorcodes

from alphanest_db.errors import AlphanestError, DatabaseUnreachable, LockTimeout, Refused, UnreachableReason
from alphanest_db.redact import hide_secrets

_BROKEN = (psycopg2.OperationalError, psycopg2.InterfaceError)
_LOST = {errorcodes.ADMIN_SHUTDOWN, errorcodes.CRASH_SHUTDOWN, errorcodes.CANNOT_CONNECT_NOW}


def primary_message(error: psycopg2.Error) -> str:
    """The server's own sentence, without the DETAIL and CONTEXT that hold row data."""
    said = error.diag.message_primary or next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return hide_secrets(said)


def translate(error: psycopg2.Error) -> AlphanestError | None:
    """Our own error for one that the server, and not a bug of ours, is the cause of; None for all others."""
    said = primary_message(error)
    match error.pgcode:
        case errorcodes.INSUFFICIENT_PRIVILEGE:
            return Refused(f"the server refused: {said}", "Connect as a role that may do this, such as the owner.")
        case errorcodes.LOCK_NOT_AVAILABLE:
            return LockTimeout(f"a lock was not free in time: {said}", "Try again when the database is less busy.")
        case errorcodes.DEADLOCK_DETECTED:
            return LockTimeout(f"others and we waited for each other: {said}", "Nothing was changed; try again.")
        case errorcodes.QUERY_CANCELED:
            return AlphanestError(
                f"the server ended the statement: {said}", "Was it a timeout? Raise it and try again."
            )
        case errorcodes.DISK_FULL:
            return AlphanestError(f"the server's disk is full: {said}", "Free some space; nothing was changed.")
        case errorcodes.UNDEFINED_TABLE | errorcodes.UNDEFINED_COLUMN:
            return AlphanestError(
                f"the database is not as the platform's are: {said}",
                "`alphanest db current` shows where it stands, `alphanest init` makes what is missing.",
            )
        case errorcodes.UNDEFINED_FILE:
            return AlphanestError(
                f"the server misses a file: {said}",
                "Were its programs removed or replaced while it runs? Start it anew; the log of the server says more.",
            )
        case errorcodes.READ_ONLY_SQL_TRANSACTION:
            return Refused(f"this server only reads: {said}", "Is it a replica? Use the primary's address.")
        case errorcodes.RAISE_EXCEPTION | errorcodes.TRIGGERED_DATA_CHANGE_VIOLATION:
            return Refused(f"a trigger of the database refused: {said}", "Nothing was changed; look at what it guards.")
        case code if code in _LOST or (code is None and isinstance(error, _BROKEN)):
            return DatabaseUnreachable("", UnreachableReason.other, f"the connection was lost: {said}", "Try again.")
    return None


def refused_values(error: psycopg2.Error) -> Refused | None:
    """Our own error for values that the database does not take; None for all others.

    Migrations and restores, whose rows these may be, have words of their own for it.
    """
    said = primary_message(error)
    match error.pgcode:
        case errorcodes.CHECK_VIOLATION | errorcodes.NOT_NULL_VIOLATION | errorcodes.EXCLUSION_VIOLATION:
            return Refused(f"a rule of the database refused: {said}", "Nothing was changed; look at what it is for.")
        case errorcodes.UNTRANSLATABLE_CHARACTER | errorcodes.CHARACTER_NOT_IN_REPERTOIRE:
            return Refused(f"the database's encoding lacks a character: {said}", "Only UTF8 holds all of them.")
    return None


def find_cause(error: BaseException) -> psycopg2.Error | None:
    """The error of the driver itself, which SQLAlchemy and others wrap."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, psycopg2.Error):
            return seen
        original = getattr(seen, "orig", None)
        seen = original if isinstance(original, BaseException) else seen.__cause__
    return None
