"""Everything that can go wrong in an expected way.

A message says what happened and with which object, on one line, without a full stop. A hint is a sentence that says what to
do next. The command line turns the class into an exit code; the class carries the data.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path


class AlphanestError(Exception):
    """Something failed, or was refused, in a way that we know; `details` are lines of their own below the message."""

    def __init__(self, message: str, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class InvalidInput(AlphanestError):
    """What the user typed or configured cannot be meant."""


class UnreachableReason(StrEnum):
    """Why a server did not let us in."""

    refused = "refused"
    timeout = "timeout"
    unknown_host = "unknown host"
    authentication = "authentication failed"
    no_such_database = "no such database"
    not_allowed = "not allowed"
    starting_up = "starting up"
    too_many_connections = "too many connections"
    tls = "TLS"
    other = "error"


class DatabaseUnreachable(AlphanestError):
    """No connection could be made to `place`, or it was lost."""

    def __init__(self, place: str, reason: UnreachableReason, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.place = place
        self.reason = reason


class NoDatabaseConfigured(InvalidInput):
    """Nothing says which database is meant, and the embedded server is no answer here."""


class Refused(AlphanestError):
    """A guard said no: the command was understood, and not carried out."""


class RefusedDump(Refused):
    """A dump that is not restored: it is cut off, not pg_dump's, or asks for what no dump needs. `line` is where that shows."""

    def __init__(self, message: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.line = line


class ConfirmationNeeded(Refused):
    """What would be destroyed was not confirmed."""


class DatabaseExists(AlphanestError):
    """The database to be created is there already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"database {name!r} exists already", "`alphanest db upgrade` migrates it.")
        self.name = name


class UnknownRevision(AlphanestError):
    """No migration goes by this id; `near` holds ids that may have been meant."""

    def __init__(self, revision: str, near: Sequence[str] = ()) -> None:
        near_ones = f"Did you mean {' or '.join(near)}? " if near else ""
        super().__init__(
            f"no migration has the revision id {revision!r}", f"{near_ones}`alphanest db history` shows all of them."
        )
        self.revision = revision
        self.near = tuple(near)


class DatabaseAhead(AlphanestError):
    """The database stands at a revision that is not among the migrations here."""

    def __init__(self, revision: str, known: str | None = None) -> None:
        what = f" ({known})" if known else ""
        super().__init__(
            f"the database stands at revision {revision!r}{what}, which is not among the migrations here",
            f"Read its file with `alphanest db history --source {revision}`; "
            "`alphanest db downgrade --use-remembered-source` takes it back."
            if known
            else "A newer alphanest, or one of another branch, migrated it: use that one. Nothing was changed.",
        )
        self.revision = revision


class PendingMigrations(Refused):
    """The database is behind the migrations, and the command needs it to be up to date."""

    def __init__(self, pending: Sequence[str]) -> None:
        count = len(pending)
        super().__init__(
            f"{count} migration{'s are' if count != 1 else ' is'} pending", "Run `alphanest db upgrade` first."
        )
        self.pending = tuple(pending)


class MigrationFailed(AlphanestError):
    """A revision raised an error; what was committed before it stays. `revision` is its id where that is certain."""

    def __init__(
        self, message: str, hint: str | None = None, sqlstate: str | None = None, revision: str | None = None
    ) -> None:
        super().__init__(message, hint)
        self.sqlstate = sqlstate
        self.revision = revision


class LockTimeout(AlphanestError):
    """Somebody else held a lock for longer than we were willing to wait."""


class EmbeddedServerError(AlphanestError):
    """The embedded PostgreSQL could not be made, started, stopped or reached."""

    def __init__(self, message: str, hint: str | None = None, log: Path | None = None) -> None:
        super().__init__(message, hint)
        self.log = log


class ProgramNotFound(AlphanestError):
    """A program that we need (psql, pg_dump) is nowhere to be found."""


class ProgramFailed(AlphanestError):
    """A program that we ran ended with an error."""

    def __init__(self, message: str, exit_code: int, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code


class BackupNotFound(AlphanestError):
    """No backup goes by that name in that folder."""

    def __init__(self, wanted: str, folder: Path) -> None:
        super().__init__(f"there is no backup {wanted} in {folder}", "`alphanest backup list` shows what there is.")
        self.wanted = wanted
        self.folder = folder


class BackupDamaged(AlphanestError):
    """A file of a backup is not what was written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the backup is damaged: {path}: {reason}", "Use another backup; `alphanest backup list` shows them."
        )
        self.path = path
        self.reason = reason


class NotRestorable(AlphanestError):
    """A dump that is whole, and that we will not or cannot restore."""


class DumpNotRestored(AlphanestError):
    """The server did not take what stands in `line` of a plain dump; nothing of the dump was kept."""

    def __init__(self, message: str, line: int, sqlstate: str | None, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.line = line
        self.sqlstate = sqlstate


class RestoredDiffers(AlphanestError):
    """What came out of a backup is not what went into it; the live database was not touched."""

    def __init__(self, backup: str, differences: Sequence[str]) -> None:
        more = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
        super().__init__(
            f"what was restored from {backup} is not what was backed up: {differences[0]}{more}",
            "Nothing was changed. Use another backup; `alphanest backup verify` finds one that is whole.",
        )
        self.backup = backup
        self.differences = tuple(differences)


class NoRoom(AlphanestError):
    """A disk has less room than is needed."""

    def __init__(self, message: str, needed_bytes: int, free_bytes: int, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes
