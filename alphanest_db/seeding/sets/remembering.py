"""What a database remembers of the sets that were put into it, in the tool's own schema."""

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.journal.writing import ensure_journal
from alphanest_db.seeding.sets.model import SeedSet

# Somebody else makes the same at this moment.
_FASTER = (errors.UniqueViolation, errors.DuplicateTable, errors.DuplicateObject, psycopg2.InternalError)
_ATTEMPTS = 5


@dataclass(frozen=True)
class Remembered:
    """A set that is in a database: what it was made from then, and in which run it came."""

    content_hash: str
    run: int | None
    applied_at: datetime
    applied_by: str


def ensure_memory(connection: Connection) -> bool:
    """Make the journal and the list of sets where they are missing; False where the role may not. Autocommit mode."""
    for _attempt in range(_ATTEMPTS):
        if _has_memory(connection):
            break
        try:
            ensure_journal(connection)
            with connection.cursor() as cursor:
                cursor.execute(load_sql(__package__, "seed_sets"))
        except errors.InsufficientPrivilege:
            return False
        except _FASTER:
            continue
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.has_table_privilege('alphanest_admin.seed_sets', 'INSERT, UPDATE')")
        return cursor.fetchone() == (True,)


def remember(connection: Connection, seed: SeedSet, run: int | None, *, by: str) -> None:
    """Write down that the set is in the database as it is now."""
    values = {"name": seed.name, "content_hash": seed.content_hash, "run": run, "by": by}
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "remember"), values)


def forget(connection: Connection, run: int) -> None:
    """The set that came in this run is not in the database any more."""
    with connection.cursor() as cursor:
        if _has_memory(connection):
            cursor.execute("DELETE FROM alphanest_admin.seed_sets WHERE run_id = %s", (run,))


def read_memory(connection: Connection) -> dict[str, Remembered]:
    """The sets that are in the database, by name; reads only."""
    if not _has_memory(connection):
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, content_hash, run_id, applied_at, applied_by FROM alphanest_admin.seed_sets")
        return {row[0]: Remembered(row[1], row[2], row[3].astimezone(UTC), row[4]) for row in cursor}


def _has_memory(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass('alphanest_admin.seed_sets') IS NOT NULL")
        return cursor.fetchone() == (True,)
