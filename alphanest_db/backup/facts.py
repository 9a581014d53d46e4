"""What a manifest says of a database besides its rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.manifest import Lacking
from alphanest_db.database.identifiers import load_sql


@dataclass(frozen=True)
class DatabaseFacts:
    """`database` is the server's name for it, and no pooler's; `encoding` as PostgreSQL names it; `revisions` are Alembic's."""

    database: str
    encoding: str
    size_bytes: int
    large_object_bytes: int
    server_version: int
    revisions: tuple[str, ...]
    lacking: Lacking


def read_facts(connection: Connection) -> DatabaseFacts:
    """The facts in the connection's snapshot; reads the catalog, and Alembic's table."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "dump_facts"))
        [facts] = cursor.fetchall()
        cursor.execute(load_sql(__package__, "lacking"))
        lacking = _lacking(cursor.fetchall())
    database, encoding, size_bytes, large_object_bytes = facts
    revisions = read_revisions(connection)
    return DatabaseFacts(
        database, encoding, size_bytes, large_object_bytes, connection.server_version, revisions, lacking
    )


def read_revisions(connection: Connection) -> tuple[str, ...]:
    """The revisions that Alembic noted in the database, none where it never migrated it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass('public.alembic_version')")
        [(table,)] = cursor.fetchall()
        if table is None:
            return ()
        cursor.execute("SELECT version_num FROM public.alembic_version ORDER BY 1")
        return tuple(row[0] for row in cursor)


def _lacking(found: Sequence[tuple[str, str]]) -> Lacking:
    def of(kind: str) -> tuple[str, ...]:
        return tuple(name for found_kind, name in found if found_kind == kind)

    return Lacking(of("role"), of("tablespace"), of("extension"))
