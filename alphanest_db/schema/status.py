"""Where a database stands among the migrations; loads neither SQLAlchemy nor Alembic."""

from dataclasses import dataclass
from enum import StrEnum

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.errors import PendingMigrations
from alphanest_db.schema.revisions import RevisionGraph


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
    return MigrationStatus(current, graph.heads, graph.pending(current), connection.info.dbname)


def read_history(connection: Connection, graph: RevisionGraph) -> list[HistoryEntry]:
    """All migrations, the newest first, each with what it is to the connection's database."""
    current = read_current(connection)
    applied = graph.applied(current)
    return [
        HistoryEntry(
            revision.id,
            revision.down_revisions if len(revision.down_revisions) > 1 else next(iter(revision.down_revisions), None),
            revision.message,
            RevisionState.current if revision.id in current
            else RevisionState.applied if revision.id in applied
            else RevisionState.pending,
        )
        for revision in reversed(graph.revisions)
    ]  # fmt: skip


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
