"""Where a database stands among the migrations; loads neither SQLAlchemy nor Alembic."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.errors import DatabaseAhead, PendingMigrations
from alphanest_db.schema.history import MigrationRecord, explain_ahead, read_applied
from alphanest_db.schema.revisions import Revision, RevisionGraph


class RevisionState(StrEnum):
    """What a migration is to a database."""

    applied = "applied"
    current = "current"
    pending = "pending"


@dataclass(frozen=True)
class MigrationStatus:
    """Where a database stands; all ids, `pending` in the order in which they will be applied."""

    current: tuple[str, ...]
    heads: tuple[str, ...]
    pending: tuple[str, ...]
    database: str


@dataclass(frozen=True)
class HistoryEntry:
    """A migration and what it is to the database; `down_revision` is a list where it merges branches."""

    revision: str
    down_revision: str | tuple[str, ...] | None
    message: str
    state: RevisionState
    applied_at: datetime | None = None
    applied_by: str | None = None
    duration_seconds: float | None = None
    program: str | None = None


def read_current(connection: Connection) -> tuple[str, ...]:
    """The ids in Alembic's table, none where there is no such table; the connection must be in autocommit mode."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT version_num FROM alembic_version ORDER BY version_num")
        except errors.UndefinedTable:
            return ()
        return tuple(row[0] for row in cursor)


def read_status(connection: Connection, graph: RevisionGraph) -> MigrationStatus:
    """Where the connection's database stands. Raises DatabaseAhead where it is ahead of the migrations here."""
    current = read_current(connection)
    try:
        pending = graph.pending(current)
    except DatabaseAhead as error:
        raise explain_ahead(connection, error) from error
    return MigrationStatus(current, graph.heads, pending, connection.info.dbname)


def read_history(connection: Connection, graph: RevisionGraph) -> list[HistoryEntry]:
    """All migrations, the newest first, each with what it is to the connection's database and how it came there.

    Raises DatabaseAhead.
    """
    status = read_status(connection, graph)
    records = read_applied(connection)
    return [_entry(revision, status, records.get(revision.id)) for revision in reversed(graph.revisions)]


def _entry(revision: Revision, status: MigrationStatus, record: MigrationRecord | None) -> HistoryEntry:
    parents = revision.down_revisions
    state = RevisionState.pending if revision.id in status.pending else RevisionState.applied
    if revision.id in status.current:
        state = RevisionState.current
    entry = HistoryEntry(
        revision.id, parents if len(parents) > 1 else next(iter(parents), None), revision.message, state
    )
    if record is None or state is RevisionState.pending:
        return entry
    return replace(
        entry, applied_at=record.finished_at, applied_by=record.by, duration_seconds=record.duration_seconds,
        program=record.program,
    )  # fmt: skip


def require_head(connection: Connection, graph: RevisionGraph) -> None:
    """Raises PendingMigrations where the connection's database is behind."""
    pending = read_status(connection, graph).pending
    if pending:
        raise PendingMigrations(pending)


@dataclass(frozen=True)
class MigrationHead:
    """A migration that nothing follows."""

    revision: str
    message: str


def list_heads(graph: RevisionGraph) -> list[MigrationHead]:
    """The newest migrations: one, unless there are branches."""
    return [MigrationHead(revision.id, revision.message) for revision in graph.revisions if revision.id in graph.heads]
