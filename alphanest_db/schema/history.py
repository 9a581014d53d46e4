"""What was migrated in a database: when, by whom, how long it took, and the source of each revision file.

Kept in the tool's own schema, `alphanest_admin`, and written in the transaction of the revision itself, so that it tells the
truth. A role that may not make that schema migrates without being remembered.
"""

import getpass
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

import alphanest_db
from alphanest_db.database.admin import ensure_schema
from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import AlphanestError, DatabaseAhead
from alphanest_db.schema.revisions import Revision, RevisionGraph

_MISSING = (errors.UndefinedTable, errors.InvalidSchemaName)


class Action(StrEnum):
    """What was done with a revision."""

    upgrade = "upgrade"
    downgrade = "downgrade"
    stamp = "stamp"


@dataclass(frozen=True)
class MigrationRecord:
    """One revision that was applied, taken back or stamped; `error` is the server's sentence where it failed."""

    revision: str
    down_revision: str
    message: str
    action: str
    outcome: str
    error: str | None
    finished_at: datetime
    duration_seconds: float
    os_user: str
    host: str
    database_user: str
    program: str
    checksum: str
    source: str

    @property
    def by(self) -> str:
        """Who did it, and from where."""
        return f"{self.os_user}@{self.host}"

    def described(self) -> str:
        """The revision in a few words: what it does, when it came, and who brought it."""
        return f"{self.message!r}, applied {self.finished_at:%Y-%m-%d %H:%M} by {self.by} with {self.program}"


@dataclass(frozen=True)
class RevisionFile:
    """A revision as its file says it; the checksum is SHA-256 in hexadecimal."""

    source: str
    checksum: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """The file as it is now."""
        content = path.read_bytes()
        return cls(content.decode("utf-8", "replace"), hashlib.sha256(content).hexdigest())


def ensure_history(connection: Connection) -> bool:
    """Make the table where it is missing; False where the role may not. The connection must be in autocommit mode."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT FROM alphanest_admin.migration_history LIMIT 0")
        except errors.InsufficientPrivilege:
            return False
        except _MISSING:
            try:
                ensure_schema(connection)
                cursor.execute(load_sql(__package__, "history"))
            except psycopg2.Error:
                return False
        return True


def record(
    cursor: Any,  # Any: a cursor of psycopg2, or SQLAlchemy's view of one
    revision: Revision,
    action: Action,
    *,
    program: str,
    duration_seconds: float,
    error: str | None = None,
) -> None:
    """Write one line of history over the cursor's connection, in whatever transaction that is."""
    file = RevisionFile.read(revision.path)
    values = {
        "revision": revision.id,
        "down_revision": ", ".join(revision.down_revisions),
        "message": revision.message,
        "action": action.value,
        "outcome": "done" if error is None else "failed",
        "error": error,
        "duration_seconds": duration_seconds,
        "os_user": _os_user(),
        "host": os.uname().nodename,
        "program": program,
        "checksum": file.checksum,
        "source": file.source,
    }
    cursor.execute(load_sql(__package__, "record_migration"), values)


def program_name(kind: str) -> str:
    """Which program migrates, with its version: `alphanest 0.1.0`.

    >>> program_name("alembic").startswith("alembic, alphanest ")
    True
    """
    ours = f"alphanest {alphanest_db.__version__}"
    return ours if kind == "alphanest" else f"{kind}, {ours}"


def read_log(connection: Connection) -> list[MigrationRecord]:
    """Everything that was migrated, the newest first; nothing where nothing is remembered."""
    return _read(connection, "migration_log")


def read_applied(connection: Connection) -> dict[str, MigrationRecord]:
    """How each applied revision came, by its id; older ones than the history are not in it, nor any that may not be read."""
    try:
        return {item.revision: item for item in _read(connection, "latest_applied")}
    except errors.InsufficientPrivilege:
        return {}


def get_source(connection: Connection, revision: str) -> MigrationRecord:
    """How a revision, given by its id or the start of it, was last seen, source included.

    Raises AlphanestError where the history does not know it.
    """
    found = [item for item in read_log(connection) if item.source and item.revision.startswith(revision)]
    if not found:
        raise AlphanestError(
            f"the history of this database has no revision {revision!r}", "`alphanest db log` shows all that it knows."
        )
    if len({item.revision for item in found}) > 1:
        raise AlphanestError(f"{revision!r} is the start of several revisions", "Write more of the id.")
    return found[0]


def explain_ahead(connection: Connection, error: DatabaseAhead) -> DatabaseAhead:
    """The same error, with what the history knows of the revision that is missing here."""
    known = read_applied(connection).get(error.revision)
    return DatabaseAhead(error.revision, known.described() if known else None)


def still_applied(
    records: Mapping[str, MigrationRecord], graph: RevisionGraph, current: Iterable[str]
) -> list[MigrationRecord]:
    """Those of the records that a database at `current` has behind it, by the files and, where one is gone, by the history.

    `stamp` moves a database without taking anything back: the lines of what it left behind stay.
    """
    found: set[str] = set()
    waiting = list(current)
    while waiting:
        identifier = waiting.pop()
        if identifier not in found:
            found.add(identifier)
            waiting.extend(_parents(identifier, records, graph))
    return [record for identifier, record in records.items() if identifier in found]


def _parents(identifier: str, records: Mapping[str, MigrationRecord], graph: RevisionGraph) -> Iterable[str]:
    if revision := graph.find(identifier):
        return revision.parents
    record = records.get(identifier)
    return record.down_revision.split(", ") if record and record.down_revision else ()


def _read(connection: Connection, query: str) -> list[MigrationRecord]:
    with connection.cursor() as cursor:
        try:
            cursor.execute(load_sql(__package__, query))
        except _MISSING:
            return []
        records = [MigrationRecord(*row) for row in cursor]
        return [replace(item, finished_at=item.finished_at.astimezone(UTC)) for item in records]


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "unknown"
