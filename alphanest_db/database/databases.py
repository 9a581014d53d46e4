"""Whole databases: is it there, make it, drop it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import APPLICATION_NAME, connect
from alphanest_db.database.identifiers import literal, load_sql, name, statement
from alphanest_db.database.target import Target
from alphanest_db.errors import (
    AlphanestError,
    DatabaseExists,
    DatabaseUnreachable,
    InvalidInput,
    Refused,
    UnreachableReason,
)

BUILTIN_LOCALE_SINCE = 170000
DEFAULT_ENCODING = "UTF8"
LONGEST_NAME_BYTES = 63

# Where one connects to make or drop another database; hosted services lack one or the other.
_MAINTENANCE_DATABASES = ("postgres", "template1")


@dataclass(frozen=True)
class TableRows:
    """How many rows a table holds, counted."""

    table: str
    rows: int


@dataclass(frozen=True)
class ClientSession:
    """Somebody who is connected to a database."""

    pid: int
    user: str
    application_name: str
    client: str
    state: str


@dataclass(frozen=True)
class Created:
    """A database that was made."""

    database: str


def require_database_name(database: str) -> None:
    """Raises InvalidInput for what PostgreSQL would refuse as the name of a database, or cut.

    >>> require_database_name("")
    Traceback (most recent call last):
    alphanest_db.errors.InvalidInput: the name of a database is missing
    """
    if not database:
        raise InvalidInput("the name of a database is missing")
    try:
        size_bytes = len(database.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{database!a} is no name for a database: it is not valid text") from error
    if size_bytes > LONGEST_NAME_BYTES or "\0" in database:
        raise InvalidInput(
            f"{database!a} is no name for a database",
            f"PostgreSQL's names have {LONGEST_NAME_BYTES} bytes at most; this one has {size_bytes}.",
        )


def create_database(target: Target, *, encoding: str = DEFAULT_ENCODING, timeout_seconds: int = 10) -> Created:
    """Make the target's database, owned by the target's user, with the fast builtin locale where the server has it (17+).

    Raises DatabaseExists, and Refused where the role may not create databases.
    """
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        has_builtin = connection.server_version >= BUILTIN_LOCALE_SINCE and encoding == DEFAULT_ENCODING
        locale = " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'" if has_builtin else ""
        if encoding != DEFAULT_ENCODING:
            locale = " LOCALE 'C'"  # the only one that goes with every encoding
        try:
            cursor.execute(
                statement(
                    "CREATE DATABASE {} TEMPLATE template0 ENCODING {}" + locale,
                    name(target.database),
                    literal(encoding),
                )
            )
        except (errors.DuplicateDatabase, errors.UniqueViolation) as error:
            raise DatabaseExists(target.database) from error
        except errors.InsufficientPrivilege as error:
            raise Refused(
                f"user {target.user!r} may not create the database {target.database!r}",
                "Create it as an administrator, or grant the role CREATEDB.",
            ) from error
    return Created(target.database)


def drop_database(target: Target, *, force: bool = False, timeout_seconds: int = 10) -> None:
    """Drop the target's database; with `force`, end the sessions in it.

    Raises Refused where others are connected or the role does not own the database.
    """
    options = " WITH (FORCE)" if force else ""
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement("DROP DATABASE {}" + options, name(target.database)))
        except errors.ObjectInUse as error:
            raise Refused(
                f"others are connected to the database {target.database!r}", "End their sessions, or use --force."
            ) from error
        except errors.InvalidCatalogName as error:
            raise AlphanestError(f"there is no database {target.database!r}") from error
        except errors.InsufficientPrivilege as error:
            raise Refused(
                f"user {target.user!r} may not drop the database {target.database!r}", "Only its owner may."
            ) from error


def other_sessions(connection: Connection) -> list[ClientSession]:
    """Who else is connected to this database; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "other_sessions"))
        return [ClientSession(*row) for row in cursor]


def count_rows(connection: Connection) -> list[TableRows]:
    """The exact number of rows of every table outside the system's schemas; reads them all."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "user_tables"))
        tables: list[tuple[str, str]] = cursor.fetchall()
        counts = []
        for schema, table in tables:
            cursor.execute(statement("SELECT count(*) FROM {}", name(schema, table)))
            row = cursor.fetchone()
            counts.append(TableRows(table if schema == "public" else f"{schema}.{table}", row[0] if row else 0))
        return counts


@contextlib.contextmanager
def maintenance_session(
    target: Target, *, timeout_seconds: int = 10, application_name: str = APPLICATION_NAME
) -> Iterator[Connection]:
    """A session in autocommit mode in a database of the same server that is not the target's own.

    Raises DatabaseUnreachable where none of them lets us in.
    """
    *others, last = [database for database in _MAINTENANCE_DATABASES if database != target.database]

    def open_in(database: str) -> Connection:
        return connect(
            target.with_database(database), timeout_seconds=timeout_seconds, application_name=application_name,
            autocommit=True,
        )  # fmt: skip

    for database in others:
        try:
            connection = open_in(database)
            break
        except DatabaseUnreachable as error:
            if error.reason not in (UnreachableReason.no_such_database, UnreachableReason.not_allowed):
                raise
    else:
        connection = open_in(last)
    with contextlib.closing(connection):
        yield connection
