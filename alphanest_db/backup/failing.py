"""Why a backup failed, in our own words and without a row."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg2
from psycopg2 import errors

from alphanest_db.backup.dumping import DumpFailed
from alphanest_db.database.connect import place_of, session
from alphanest_db.database.exclusive import ExclusiveHolder, exclusive_holders
from alphanest_db.database.failures import translate
from alphanest_db.database.target import Target
from alphanest_db.errors import (
    AlphanestError,
    DatabaseUnreachable,
    LockTimeout,
    ProgramFailed,
    Refused,
    UnreachableReason,
)
from alphanest_db.programs.failures import Complaint, Meaning, read_complaints

_UNTOUCHED = "Older backups are untouched, and nothing of this one is left."


@contextlib.contextmanager
def explained(target: Target, folder: Path, lock_timeout_seconds: float) -> Iterator[None]:
    """Turns what goes wrong inside into an error that names its cause."""
    try:
        yield
    except DumpFailed as error:
        complaints = read_complaints(error.stderr, target.password) or (Complaint("it gave no reason"),)
        raise _meant(complaints, error.exit_code, target, folder, lock_timeout_seconds) from None
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise _locked(target, lock_timeout_seconds) from error
    except errors.CharacterNotInRepertoire as error:
        raise Refused(
            f"a name in {target.database} is not valid UTF-8",
            "Rename it: SQL_ASCII databases take any bytes for a name.",
        ) from error
    except psycopg2.Error as error:
        if (meant := translate(error)) is None:
            raise
        raise meant from error
    except OSError as error:
        raise _not_written(folder, error.strerror or str(error)) from error


def _meant(
    complaints: tuple[Complaint, ...], exit_code: int, target: Target, folder: Path, lock_timeout_seconds: float
) -> AlphanestError:
    by_meaning = {item.meaning: item.message for item in reversed(complaints)}
    if Meaning.locked in by_meaning:
        return _locked(target, lock_timeout_seconds)
    if said := by_meaning.get(Meaning.lost):
        return _lost(target, said)
    if said := by_meaning.get(Meaning.no_room):
        return _not_written(folder, said)
    if said := by_meaning.get(Meaning.denied):
        return Refused(f"not all can be dumped: {said}", "Connect as the owner, or as a role that may read everything.")
    if said := by_meaning.get(Meaning.hidden):
        return Refused(f"not all rows can be dumped: {said}", "Connect as the owner, or as a role with BYPASSRLS.")
    if said := by_meaning.get(Meaning.unsupported):
        return Refused(
            f"pg_dump cannot do that: {said}", "Use --compress gzip, or --format custom, which alphanest compresses."
        )
    return ProgramFailed(f"pg_dump failed: {complaints[0].message}", exit_code, _UNTOUCHED)


def _locked(target: Target, lock_timeout_seconds: float) -> LockTimeout:
    with session(target) as connection:
        return not_free(exclusive_holders(connection), lock_timeout_seconds)


def not_free(holders: Sequence[ExclusiveHolder], lock_timeout_seconds: float) -> LockTimeout:
    """The error for tables that were held for too long, and by whom."""
    held = ", ".join(holder.described() for holder in holders[:3]) or "it is free now"
    return LockTimeout(
        f"a table was not free for {lock_timeout_seconds:g} s: {held}",
        "Wait longer with --lock-timeout, or end that session if it hangs.",
    )


def _lost(target: Target, said: str) -> DatabaseUnreachable:
    message = f"the connection to {place_of(target)} was lost: {said}"
    return DatabaseUnreachable(place_of(target), UnreachableReason.other, message, f"{_UNTOUCHED} Try again.")


def _not_written(folder: Path, said: str) -> AlphanestError:
    return AlphanestError(
        f"cannot write the backup into {folder}: {said}",
        f"Free some space, or name another folder with `backup --to`. {_UNTOUCHED}",
    )
