"""Databases for a moment: to build a schema in, to restore into, to try something out."""

import contextlib
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.databases import create_database, drop_database, maintenance_session
from alphanest_db.database.embedded.server import ensure_running
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, Refused

PREFIX = "alphanest_scratch_"
KEEPER = "alphanest scratch"
IDLE_SESSION_TIMEOUT_SINCE = 140000
# A scratch database in use has a session of its maker in it, from a moment after it was made.
FORGOTTEN_SECONDS = 60
_NAME = re.compile(rf"^{PREFIX}(\d+)_[0-9a-f]+$")


@contextlib.contextmanager
def scratch_database(target: Target, home: Path, *, timeout_seconds: int = 10) -> Iterator[Target]:
    """An empty database on the target's server, dropped at the end; on the embedded server where the role may create none.

    Collation and version are the same as the target's only in the first case.
    """
    with _created(target, home, timeout_seconds) as scratch:
        try:
            with session(scratch, timeout_seconds=timeout_seconds, application_name=KEEPER) as keeper:
                _stay(keeper)
                yield scratch
        finally:
            with contextlib.suppress(AlphanestError):
                drop_database(scratch, force=True, timeout_seconds=timeout_seconds)


def _stay(keeper: Connection) -> None:
    """Whoever is killed loses this session, and so tells that the database is forgotten."""
    if keeper.server_version >= IDLE_SESSION_TIMEOUT_SINCE:
        with keeper.cursor() as cursor:
            cursor.execute("SET idle_session_timeout = 0")


@contextlib.contextmanager
def _created(target: Target, home: Path, timeout_seconds: int) -> Iterator[Target]:
    name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    scratch = target.with_database(name)
    try:
        create_database(scratch, timeout_seconds=timeout_seconds)
    except Refused:
        scratch = ensure_running(home).with_database(name)
        create_database(scratch, timeout_seconds=timeout_seconds)
    drop_forgotten(scratch, timeout_seconds=timeout_seconds)
    yield scratch


def drop_forgotten(target: Target, *, timeout_seconds: int = 10) -> list[str]:
    """Drop the scratch databases that killed processes left on the target's server; returns their names."""
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "idle_databases"), {"prefix": PREFIX})
        names = [row[0] for row in cursor]
    forgotten = [
        name for name in names if (made := _NAME.match(name)) and time.time() - int(made[1]) > FORGOTTEN_SECONDS
    ]
    for name in forgotten:
        with contextlib.suppress(AlphanestError):
            drop_database(target.with_database(name), timeout_seconds=timeout_seconds)
    return forgotten
