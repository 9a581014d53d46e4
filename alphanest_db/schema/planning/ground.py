"""A scratch database that looks like the target and stands at the same revision."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.scratch import scratch_database
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, MigrationFailed
from alphanest_db.schema.observing.session_settings import SessionSettings, apply_settings, read_settings
from alphanest_db.schema.planning.dumping import dump_schema, restore_schema
from alphanest_db.schema.planning.model import SchemaOrigin
from alphanest_db.schema.planning.trial import try_out
from alphanest_db.schema.revisions import read_revisions


@dataclass(frozen=True)
class Ground:
    """The scratch database, what it was made of, and what is not as on the target."""

    target: Target
    origin: SchemaOrigin
    settings: SessionSettings
    notes: tuple[str, ...]


@contextlib.contextmanager
def rehearsing_ground(
    target: Target, live: Connection, current: tuple[str, ...], folder: Path, home: Path, environ: Mapping[str, str], *,
    timeout_seconds: int,
) -> Iterator[Ground]:  # fmt: skip
    """An empty copy of the target's schema for a moment, dropped at the end.

    Made of the live schema rather than of the migrations: a trigger, a view or an index that somebody made by hand changes
    what a statement locks, rewrites, or whether it works at all. Where the role cannot dump it, of the migrations.
    """
    with scratch_database(target, home, timeout_seconds=timeout_seconds) as scratch:
        notes = _other_server(target, scratch, live, timeout_seconds)
        settings = read_settings(live)
        try:
            with session(scratch, timeout_seconds=timeout_seconds) as connection:
                restore_schema(connection, dump_schema(target, live.server_version, environ))
            with session(scratch, timeout_seconds=timeout_seconds) as connection:
                apply_settings(connection, settings)
                _stand_at(connection, current)
                notes += _fill_views(connection, live)
            origin = SchemaOrigin.live_schema
        except (AlphanestError, psycopg2.Error) as error:
            said = primary_message(error) if isinstance(error, psycopg2.Error) else str(error)
            notes += (f"the live schema could not be copied, so the migrations stand in for it: {said}",)
            _build(scratch, settings, folder, current, timeout_seconds)
            origin = SchemaOrigin.migrations
        yield Ground(scratch, origin, settings, notes)


def _build(
    scratch: Target, settings: SessionSettings, folder: Path, current: tuple[str, ...], timeout_seconds: int
) -> None:
    """Run the migrations up to the target's revisions, without what would hold for the whole server."""
    built = try_out(scratch, settings, folder, read_revisions(folder), current, timeout_seconds=timeout_seconds)
    failed = next((tried.error for tried in built.revisions if tried.error), None)
    if failed:
        raise MigrationFailed(f"the schema could not be built for a plan: {failed}")


def _stand_at(connection: Connection, current: tuple[str, ...]) -> None:
    """Write down the target's revisions; a dump without rows does not hold them."""
    with connection.cursor() as cursor:
        for revision in current:
            cursor.execute("INSERT INTO alembic_version (version_num) VALUES (%s)", (revision,))


def _fill_views(connection: Connection, live: Connection) -> tuple[str, ...]:
    """A dump without rows leaves every materialized view unreadable, which changes what may be done with it."""
    filled = {view[:2] for view in _views(live) if view[2]}
    notes = []
    with connection.cursor() as cursor:
        for schema, view, _filled in _views(connection):
            if (schema, view) in filled:
                try:
                    cursor.execute(statement("REFRESH MATERIALIZED VIEW {}", name(schema, view)))
                except psycopg2.Error as error:
                    notes.append(f"the materialized view {view} stays empty: {primary_message(error)}")
    return tuple(notes)


def _views(connection: Connection) -> list[tuple[str, str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "materialized_views"))
        return cursor.fetchall()


def _other_server(target: Target, scratch: Target, live: Connection, timeout_seconds: int) -> tuple[str, ...]:
    if (scratch.host, scratch.port) == (target.host, target.port):
        return ()
    with session(scratch, timeout_seconds=timeout_seconds) as connection:
        versions = (connection.server_version // 10000, live.server_version // 10000)
    return (
        "the role may not create databases, so the plan was tried on the embedded server: "
        f"PostgreSQL {versions[0]}, the target is {versions[1]}",
    )
