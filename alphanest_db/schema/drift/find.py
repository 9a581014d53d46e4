"""Drift: a database against one that is built at this moment from the migrations, up to where it stands."""

import contextlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from alphanest_db.database.connect import session
from alphanest_db.database.scratch import scratch_database
from alphanest_db.database.target import Target
from alphanest_db.programs.archive import read_contents
from alphanest_db.programs.find import find_client, major_version
from alphanest_db.redact import hide_secrets
from alphanest_db.schema.drift.catalog import read_catalog
from alphanest_db.schema.drift.compare import Schema, compare_schemas
from alphanest_db.schema.drift.dump import dump_schema
from alphanest_db.schema.drift.ignores import apply_ignores
from alphanest_db.schema.drift.model import Drift, DriftReport, Ignore
from alphanest_db.schema.drift.objects import schema_objects
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import RunOptions, upgrade
from alphanest_db.schema.status import read_status


def find_drift(
    target: Target, folder: Path, home: Path, environ: Mapping[str, str], *,
    ignores: Iterable[Ignore] = (), today: date, timeout_seconds: int = 10,
) -> DriftReport:  # fmt: skip
    """Where the target's schema is not what the migrations in `folder` make of an empty database.

    Reads the target's catalog only; makes a scratch database for a moment, on the same server, or on the embedded one in
    `home` where the role may create none. Raises DatabaseAhead, Refused, ProgramNotFound and MigrationFailed.
    """
    with session(target, timeout_seconds=timeout_seconds) as connection:
        revisions = read_status(connection, read_revisions(folder)).current
    with built_database(target, folder, home, revisions, timeout_seconds=timeout_seconds) as built:
        return compare_with(
            built, target, revisions, environ, ignores=ignores, today=today, timeout_seconds=timeout_seconds
        )


@contextlib.contextmanager
def built_database(
    target: Target, folder: Path, home: Path, revisions: tuple[str, ...], *, timeout_seconds: int = 10
) -> Iterator[Target]:
    """A scratch database for the target, as the migrations make it up to the revisions; dropped at the end."""
    options = RunOptions(connect_timeout_seconds=timeout_seconds)
    with scratch_database(target, home, timeout_seconds=timeout_seconds) as scratch:
        for revision in revisions:
            upgrade(scratch, folder, revision, options=options)
        yield scratch


def compare_with(
    built: Target, target: Target, revisions: tuple[str, ...], environ: Mapping[str, str], *,
    ignores: Iterable[Ignore], today: date, timeout_seconds: int = 10,
) -> DriftReport:  # fmt: skip
    """Where the target is not like the one that was built; both stand at the revisions. Reads both catalogs only."""
    with session(target, timeout_seconds=timeout_seconds) as connection:
        version, needs_tls = connection.server_version, connection.info.ssl_in_use
    built_version = _server_version(built, timeout_seconds)
    program = find_client("pg_dump", major_version(max(version, built_version)), needs_tls=needs_tls).path
    expected = read_schema(built, program, environ, timeout_seconds=timeout_seconds)
    actual = read_schema(target, program, environ, timeout_seconds=timeout_seconds)
    drifts, ignored, stale = apply_ignores(_without_secrets(compare_schemas(expected, actual)), ignores, today)
    notes = (*_notes_on_place(target, built, version, built_version), *_notes_on_state(revisions, actual))
    return DriftReport(target.database, revisions, drifts, ignored, stale, notes)


def read_schema(target: Target, program: Path, environ: Mapping[str, str], *, timeout_seconds: int = 10) -> Schema:
    """All that is compared of the target's schema; reads only."""
    dump = dump_schema(target, program, environ, timeout_seconds=timeout_seconds)
    entries = read_contents(io.BytesIO(dump)).entries
    with session(target, timeout_seconds=timeout_seconds) as connection:
        catalog = read_catalog(connection)
        return Schema(schema_objects(entries, catalog), catalog, connection.server_version)


def _server_version(target: Target, timeout_seconds: int) -> int:
    with session(target, timeout_seconds=timeout_seconds) as connection:
        return connection.server_version


def _without_secrets(drifts: Iterable[Drift]) -> Iterator[Drift]:
    """A function or a default in a database can hold a password; what the migrations say is no secret."""
    for drift in drifts:
        yield replace(drift, meaning=hide_secrets(drift.meaning), actual=drift.actual and hide_secrets(drift.actual))


def _notes_on_place(target: Target, scratch: Target, version: int, scratch_version: int) -> Iterator[str]:
    if (scratch.host, scratch.port) == (target.host, target.port):
        return
    major, other = major_version(version), major_version(scratch_version)
    yield f"user {target.user!r} may not create databases: compared with one on the embedded PostgreSQL {other}"
    if major != other:
        yield f"uncertain: PostgreSQL {major} and {other} may write the same object in different words"


def _notes_on_state(revisions: tuple[str, ...], actual: Schema) -> Iterator[str]:
    if not revisions and not actual.objects:
        yield "the database is empty"
    elif not revisions:
        yield (
            "no migration is noted in this database, so all that it holds counts as extra; if it is the platform's, "
            "`alphanest db stamp` says where it stands"
        )
    for index in actual.catalog.invalid_indexes:
        if index.being_built:
            yield f"the index {index.name} is being built at this moment: it is INVALID until then"
