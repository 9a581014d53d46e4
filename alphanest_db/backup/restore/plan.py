"""What a restore would do, before it does anything."""

from collections.abc import Iterator
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.restore.archive import fitting_client
from alphanest_db.backup.restore.dumps import Dump
from alphanest_db.backup.restore.model import RestoreOptions, RestorePlan, Way
from alphanest_db.backup.restore.room import needed_bytes, refuse_without_room
from alphanest_db.backup.restore.surroundings import find_missing, refuse_missing_extensions
from alphanest_db.database.connect import session
from alphanest_db.database.databases import (
    ClientSession,
    TableRows,
    count_rows,
    maintenance_session,
    other_sessions,
)
from alphanest_db.database.disk import find_free_bytes
from alphanest_db.database.swap import SwapFacts, kept_name, read_swap_facts, refuse_if_in_the_way
from alphanest_db.database.target import Target
from alphanest_db.programs.find import major_version
from alphanest_db.settings import Environment
from alphanest_db.units import human_bytes

_NO_PROGRAM = "none, a plain dump needs no program"


def plan_restore(
    live: Target, dump: Dump, environment: Environment, *, now: datetime, options: RestoreOptions,
    expected_seconds: float | None = None,
) -> RestorePlan:  # fmt: skip
    """How the dump would be restored and what would be replaced; counts the rows of the live database, changes nothing.

    Raises Refused where it cannot work, and ProgramNotFound.
    """
    timeout_seconds = options.timeout_seconds
    with maintenance_session(live, timeout_seconds=timeout_seconds) as connection:
        facts = read_swap_facts(connection, live.database)
        way = _way(live, facts, options)
        if facts and way is Way.swap:
            refuse_if_in_the_way(live.database, facts)
        kept = kept_name(connection, live.database, now) if way is Way.swap else None
        free = find_free_bytes(connection)
        refuse_without_room(dump, free)
        server_version = connection.server_version
        program = _program(connection, dump)
        notes = (
            *_on_way(live, way), *_on_surroundings(connection, dump), *_on_versions(dump, server_version), *_on_room(dump, free),
        )  # fmt: skip
    tables, sessions = _in_live(live, timeout_seconds) if way in (Way.swap, Way.in_place) else ((), ())
    manifest = dump.manifest
    return RestorePlan(
        live.database if options.into is None else options.into, environment, way, dump.name, dump.format, dump.size_bytes,
        manifest.snapshot_at if manifest else None, major_version(server_version), dump.server_version, program,
        dump.revisions, manifest.rows if manifest else None, kept, tables, sessions,
        needed_bytes(dump), free, expected_seconds, notes,
    )  # fmt: skip


def _way(live: Target, facts: SwapFacts | None, options: RestoreOptions) -> Way:
    if options.into is not None:
        return Way.copy
    if facts is None:
        return Way.create
    if facts.may_create and facts.owns:
        return Way.swap
    return Way.in_place


def _in_live(live: Target, timeout_seconds: int) -> tuple[tuple[TableRows, ...], tuple[str, ...]]:
    with session(live, timeout_seconds=timeout_seconds) as connection:
        tables = tuple(table for table in count_rows(connection) if table.rows)
        return tables, tuple(_described(client) for client in other_sessions(connection))


def _described(client: ClientSession) -> str:
    return f"{client.user} ({client.application_name or 'no name'}, {client.client})"


def _program(connection: Connection, dump: Dump) -> str:
    if dump.format is DumpFormat.plain:
        return _NO_PROGRAM
    client = fitting_client(connection, dump.archive_version)
    return f"pg_restore {client.version} ({client.path})"


def _on_way(live: Target, way: Way) -> Iterator[str]:
    if way is Way.in_place:
        yield (
            f"user {live.user!r} may not create or rename databases: everything happens in {live.database} itself, in one "
            "transaction that locks all tables meanwhile, and there is no undo"
        )


def _on_surroundings(connection: Connection, dump: Dump) -> Iterator[str]:
    """What the server lacks. Raises Refused for an extension, without which a restore is bound to fail."""
    if dump.manifest is None:
        return
    missing = find_missing(connection, dump.manifest)
    refuse_missing_extensions(missing)
    if missing.roles:
        user, roles = connection.info.user, ", ".join(missing.roles)
        yield f"roles missing here, what they own will be {user}'s, and grants to them left out: {roles}"
    if missing.tablespaces:
        yield f"tablespaces missing here, the default one is used: {', '.join(missing.tablespaces)}"


def _on_room(dump: Dump, free: int | None) -> Iterator[str]:
    needed = needed_bytes(dump)
    if needed is None:
        return
    if free is None:
        yield f"the free space on the server's disk is unknown; about {human_bytes(needed)} are needed"
    elif free < needed:
        yield f"the server's disk may be too small: {human_bytes(free)} are free, about {human_bytes(needed)} are needed"


def _on_versions(dump: Dump, server_version: int) -> Iterator[str]:
    dumped = dump.server_version
    if dumped is not None and dumped > major_version(server_version):
        yield (
            f"the dump is of PostgreSQL {dumped}, and this server is older ({major_version(server_version)}): "
            "whatever it does not know makes the restore fail"
        )
