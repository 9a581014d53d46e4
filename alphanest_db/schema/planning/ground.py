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
from alphanest_db.errors import AlphanestError
from alphanest_db.schema.planning.dumping import dump_schema, restore_schema
from alphanest_db.schema.planning.model import SchemaOrigin
from alphanest_db.schema.runs import upgrade

# A database's or a role's own settings that change what a statement means, or (the zone) whether it rewrites.
_SETTINGS = ("search_path", "TimeZone")
SessionSettings = tuple[tuple[str, str], ...]


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
        settings = _read_settings(live)
        try:
            with session(scratch, timeout_seconds=timeout_seconds) as connection:
                restore_schema(connection, dump_schema(target, live.server_version, environ))
                _fill_views(connection, live)
            _stand_at(scratch, current, settings, timeout_seconds)
            origin = SchemaOrigin.live_schema
        except (AlphanestError, psycopg2.Error) as error:
            said = primary_message(error) if isinstance(error, psycopg2.Error) else str(error)
            notes += (f"the live schema could not be copied, so the migrations stand in for it: {said}",)
            if current:
                upgrade(scratch, folder, _one(current))
            origin = SchemaOrigin.migrations
        yield Ground(scratch, origin, settings, notes)


def _fill_views(connection: Connection, live: Connection) -> None:
    """A dump without rows leaves every materialized view unreadable, which changes what may be done with it."""
    filled = {view[:2] for view in _views(live) if view[2]}
    with connection.cursor() as cursor:
        for schema, view, _filled in _views(connection):
            if (schema, view) in filled:
                cursor.execute(statement("REFRESH MATERIALIZED VIEW {}", name(schema, view)))


def _views(connection: Connection) -> list[tuple[str, str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "materialized_views"))
        return cursor.fetchall()


def _stand_at(scratch: Target, current: tuple[str, ...], settings: SessionSettings, timeout_seconds: int) -> None:
    """Write down the target's revisions; a dump without rows does not hold them."""
    if not current:
        return
    with session(scratch, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        apply_settings(connection, settings)
        for revision in current:
            cursor.execute("INSERT INTO alembic_version (version_num) VALUES (%s)", (revision,))


def apply_settings(connection: Connection, settings: SessionSettings) -> None:
    """Make a session on the scratch database behave as one on the target; it must be in autocommit mode."""
    with connection.cursor() as cursor:
        for setting, value in settings:
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, false)", (setting, value))


def _read_settings(live: Connection) -> SessionSettings:
    with live.cursor() as cursor:
        cursor.execute(
            "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.unnest(%s) AS name", (list(_SETTINGS),)
        )
        return tuple(cursor.fetchall())


def _other_server(target: Target, scratch: Target, live: Connection, timeout_seconds: int) -> tuple[str, ...]:
    if (scratch.host, scratch.port) == (target.host, target.port):
        return ()
    with session(scratch, timeout_seconds=timeout_seconds) as connection:
        versions = (connection.server_version // 10000, live.server_version // 10000)
    return (
        "the role may not create databases, so the plan was tried on the embedded server: "
        f"PostgreSQL {versions[0]}, the target is {versions[1]}",
    )


def _one(current: tuple[str, ...]) -> str:
    if len(current) > 1:
        raise AlphanestError("the database stands at several revisions, which only a copy of its schema can show")
    return current[0]
