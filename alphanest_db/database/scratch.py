"""Databases for a moment: to build a schema in, to restore into, to try something out."""

import contextlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.databases import DEFAULT_ENCODING, create_database, drop_database, maintenance_session
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.properties import DatabaseProperties, copy_properties, create_database_like, find_properties
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, Refused

PREFIX = "alphanest_scratch_"
KEEPER = "alphanest scratch"
_NAME = re.compile(rf"^{PREFIX}[0-9a-f_]+$")
# The first half of the key of the lock by which a living process claims a name: "ansc" in ASCII.
_CLAIM = 0x616E7363
_TRIES = 3
_ENDING_MILLISECONDS = 5000


@contextlib.contextmanager
def scratch_database(
    target: Target,
    home: Path,
    *,
    encoding: str = DEFAULT_ENCODING,
    like_target: bool = False,
    timeout_seconds: int = 10,
) -> Iterator[Target]:
    """An empty database on the target's server, dropped at the end; on the embedded server where the role may create none.

    With `like_target`, and in the first case, it has the encoding, locale and settings of the target's database.
    """
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(claimed_name(target, timeout_seconds=timeout_seconds))
        try:
            like = _properties_of(target, timeout_seconds) if like_target else None
            if like:
                _create_like(scratch, like, timeout_seconds)
            else:
                create_database(scratch, encoding=encoding, timeout_seconds=timeout_seconds)
        except Refused:
            from alphanest_db.database.embedded.server import ensure_running  # only where it is wanted: 30 ms

            scratch = stack.enter_context(claimed_name(ensure_running(home), timeout_seconds=timeout_seconds))
            create_database(scratch, encoding=encoding, timeout_seconds=timeout_seconds)
        drop_forgotten(scratch, timeout_seconds=timeout_seconds)
        yield scratch


@contextlib.contextmanager
def claimed_name(target: Target, *, timeout_seconds: int = 10) -> Iterator[Target]:
    """A name for a database on the target's server; a database that still goes by it at the end is dropped.

    Whoever is killed loses the claim with the connection, and `drop_forgotten` then drops what was made under the name.
    """
    scratch = target.with_database(f"{PREFIX}{secrets.token_hex(8)}")
    with maintenance_session(scratch, timeout_seconds=timeout_seconds, application_name=KEEPER) as keeper:
        _claim(keeper, scratch.database)
        try:
            yield scratch
        finally:
            _drop(scratch, timeout_seconds)


def drop_forgotten(target: Target, *, timeout_seconds: int = 10) -> list[str]:
    """Drop the scratch databases that killed processes left on the target's server; returns their names."""
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        _end_forgotten_makers(connection)
        cursor.execute(load_sql(__package__, "forgotten_databases"), {"prefix": PREFIX, "class": _CLAIM})
        forgotten = [row[0] for row in cursor if _NAME.match(row[0])]
    for name in forgotten:
        _drop(target.with_database(name), timeout_seconds)
    return forgotten


def _end_forgotten_makers(connection: Connection) -> None:
    """The server goes on with CREATE DATABASE for a while after its client was killed: we would look too early.

    A name is claimed before its database is made, so the claims are looked at after the makers.
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "databases_in_the_making"), {"prefix": PREFIX})
        makers = [(pid, since, name) for pid, since, name in cursor if _NAME.match(name)]
        for pid, since, name in makers:
            parameters = {
                "pid": pid, "since": since, "name": name, "class": _CLAIM, "milliseconds": _ENDING_MILLISECONDS
            }  # fmt: skip
            cursor.execute(load_sql(__package__, "end_unclaimed"), parameters)


def _drop(scratch: Target, timeout_seconds: int) -> None:
    """Drop it, where it is there and that works by now; else whoever comes next does.

    Where the disk is full, the checkpoint fails that DROP waits for, until what the database has in memory is forgotten.
    """
    for _try in range(_TRIES):
        try:
            drop_database(scratch, force=True, timeout_seconds=timeout_seconds)
        except psycopg2.Error:
            continue
        except AlphanestError:  # another one of us was faster, or the server is gone
            return
        return


def _properties_of(target: Target, timeout_seconds: int) -> DatabaseProperties | None:
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection:
        return find_properties(connection, target.database)


def _create_like(scratch: Target, like: DatabaseProperties, timeout_seconds: int) -> None:
    """What the role may not set is left as it is. Raises Refused where it may create no database."""
    ours = replace(like, owner=scratch.user, tablespace="pg_default", comment=None, connection_limit=-1, is_template=False,
                   has_own_grants=False, grants=())  # fmt: skip
    with maintenance_session(scratch, timeout_seconds=timeout_seconds) as connection:
        try:
            create_database_like(connection, scratch.database, ours)
        except errors.InsufficientPrivilege as error:
            raise Refused(f"user {scratch.user!r} may not create the database {scratch.database!r}") from error
        copy_properties(connection, scratch.database, ours)


def _claim(keeper: Connection, name: str) -> None:
    with keeper.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_advisory_lock(%s, pg_catalog.hashtext(%s))", (_CLAIM, name))
