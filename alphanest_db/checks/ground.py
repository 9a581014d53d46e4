"""What all checks of a run stand on: where they look, and what is known of the platform."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.moment import attempt
from alphanest_db.checks.tables import Tables, read_tables
from alphanest_db.database.admin import read_environment
from alphanest_db.database.identifiers import load_sql
from alphanest_db.settings import Environment

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Demo:
    """The accounts of the demo data, and the password that they have."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    password: str = field(repr=False)


@dataclass(frozen=True)
class Platform:
    """What checks have to know and the database does not say.

    `environment` and `bcrypt_cost` are those that are configured; `verify` tells whether a password is that of a stored hash;
    the salts of synthetic users begin with `synthetic_salt`.
    """

    environment: Environment
    bcrypt_cost: int
    default_passwords: tuple[str, ...] = field(repr=False)
    synthetic_salt: str
    demo: Callable[[], Demo]
    verify: Callable[[str, str], bool]


@dataclass(frozen=True)
class Ground:
    """A connection in the run's snapshot, and what was read through it at the beginning."""

    connection: Connection
    platform: Platform
    environment: Environment
    database: str
    revision: str | None
    version: int
    is_replica: bool
    tables: Tables
    _answers: dict[Callable[["Ground"], Any], Any] = field(default_factory=dict, repr=False, compare=False)
    _asking: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def once(self, read: Callable[["Ground"], Answer]) -> Answer:
        """What `read` gives, read by the first check that asks, for all of them: nobody may change it."""
        with self._asking:
            if read not in self._answers:
                self._answers[read] = read(self)
        return cast("Answer", self._answers[read])

    @property
    def is_quiet(self) -> bool:
        """True where no real people's data live."""
        return not self.environment.is_protected


def read_ground(connection: Connection, platform: Platform) -> Ground:
    """What the database says of itself, however short a time statements have; reads only, inside the connection's transaction."""
    with attempt(connection), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        with attempt(connection):
            environment = platform.environment.stricter(read_environment(connection))
        cursor.execute(load_sql(__package__, "ground"))
        [(database, version, is_replica, has_revision)] = cursor.fetchall()
        revision = _read_revision(connection) if has_revision else None
        tables = read_tables(connection)
    return Ground(connection, platform, environment, database, revision, version, is_replica, tables)


def _read_revision(connection: Connection) -> str | None:
    unreadable = contextlib.suppress(errors.InsufficientPrivilege, errors.LockNotAvailable)
    with unreadable, attempt(connection), connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version ORDER BY version_num")
        return ", ".join(row[0] for row in cursor) or None
    return None
