"""What is exported: tables, all or those that are named, or the rows of a query."""

import contextlib
import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import quote

import psycopg2
from psycopg2 import errorcodes, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import SCHEMA
from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.errors import InvalidInput

# What lets somebody in, or can be guessed from: left out unless it is asked for.
SECRET_COLUMNS = frozenset({"hashed_password", "api_key"})
# plpgsql opens a cursor for one statement that gives rows, and for nothing else: no second one, and no COMMIT.
_OPEN = """
DO $$ DECLARE looked refcursor; BEGIN
    OPEN looked FOR EXECUTE pg_catalog.current_setting('alphanest.query');
    CLOSE looked;
END $$
"""
_LONGEST = 200  # of the 255 bytes that file systems take; the ending comes behind
# The first two characters of the SQLSTATE: wrong SQL, wrong values, and what a cursor or a reading transaction is not for.
_QUERY_CLASSES = ("42", "22", "21", "0A", "25", "3F", "P0")


@dataclass(frozen=True)
class Source:
    """A SELECT, the name that the user knows it by, what its file is called, and columns of secrets that are not in it."""

    name: str
    file_stem: str
    select: sql.Composable = field(compare=False, repr=False)
    left_out: tuple[str, ...] = ()


def file_name(text: str) -> str:
    """A name that every file system takes, from which the text can be read.

    >>> file_name("odd schema.a/b")
    'odd%20schema.a%2Fb'
    """
    quoted = quote(text, safe="")
    return quoted if not quoted.startswith(".") else f"%2E{quoted[1:]}"


def _short(stem: str) -> str:
    """The stem, or where no file system takes it, its beginning and what no other one has."""
    return stem if len(stem) <= _LONGEST else f"{stem[:_LONGEST]}-{hashlib.sha256(stem.encode()).hexdigest()[:16]}"


def table_sources(connection: Connection, patterns: Sequence[str], *, with_secrets: bool) -> list[Source]:
    """The tables that fit any of the patterns (`users`, `shop.*`), the largest first; without patterns all but our own.

    Raises InvalidInput for a pattern that no table fits, and for tables of our own without `with_secrets`.
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "tables"))
        found: list[tuple[str, str, bool, list[str]]] = cursor.fetchall()
    wanted = [row for row in found if _is_wanted(row[0], row[1], patterns)]
    _refuse_unknown(patterns, found)
    if not with_secrets and any(row[0] == SCHEMA for row in wanted):
        raise InvalidInput(
            f"the tables of {SCHEMA} remember what rows were, secrets included", "Add --with-secrets if you mean it."
        )
    return [_of_table(*row, with_secrets=with_secrets) for row in wanted]


def query_source(connection: Connection, query: str, title: str, *, with_secrets: bool) -> Source:
    """The rows of one statement, which may not change anything; the connection is in a transaction that only reads.

    Raises InvalidInput where it is no such statement, two columns have one name, one is a secret's without `with_secrets`, or the
    title is empty.
    """
    if not title:
        raise InvalidInput("the name of the query's file is empty", "Name it by --name, or leave that out.")
    text = query.strip().rstrip(";").rstrip()
    select = sql.SQL(text + "\n")  # a comment may be at its end
    with explaining_query(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.set_config('alphanest.query', %s, true)", (text,))
        cursor.execute(_OPEN)
        cursor.execute(statement("SELECT * FROM ({}) AS t LIMIT 0", select))
        columns = [column.name for column in cursor.description or ()]
    _refuse_columns(columns, with_secrets=with_secrets)
    return Source(title, _short(file_name(title)), select)


@contextlib.contextmanager
def explaining_query() -> Iterator[None]:
    """Turns the server's complaint about a query into InvalidInput."""
    try:
        yield
    except psycopg2.Error as error:
        if (error.pgcode or "")[:2] not in _QUERY_CLASSES or error.pgcode == errorcodes.INSUFFICIENT_PRIVILEGE:
            raise
        raise InvalidInput(
            f"the query cannot be exported: {primary_message(error)}", "Write one SELECT, VALUES or TABLE."
        ) from error


def _is_wanted(schema: str, table: str, patterns: Sequence[str]) -> bool:
    if not patterns:
        return schema != SCHEMA
    return any(_fits(schema, table, pattern) for pattern in patterns)


def _fits(schema: str, table: str, pattern: str) -> bool:
    return fnmatchcase(f"{schema}.{table}", pattern) or (schema == "public" and fnmatchcase(table, pattern))


def _refuse_unknown(patterns: Sequence[str], found: Sequence[tuple[str, str, bool, list[str]]]) -> None:
    for pattern in patterns:
        if not any(_fits(schema, table, pattern) for schema, table, _is_partitioned, _columns in found):
            names = [_shown(schema, table) for schema, table, _is_partitioned, _columns in found]
            near = difflib.get_close_matches(pattern, names)
            guess = f"Did you mean {' or '.join(near)}? " if near else ""
            raise InvalidInput(f"there is no table {pattern!r}", f"{guess}A view is exported by --query.")


def _of_table(schema: str, table: str, is_partitioned: bool, columns: list[str], *, with_secrets: bool) -> Source:
    kept = [column for column in columns if with_secrets or column not in SECRET_COLUMNS]
    select = statement(
        "SELECT {columns} FROM {only}{table}", columns=sql.SQL(", ").join(map(name, kept)), table=name(schema, table),
        only=sql.SQL("" if is_partitioned else "ONLY "),
    )  # fmt: skip
    return Source(_shown(schema, table), _table_file(schema, table), select, tuple(_missing(columns, kept)))


def _missing(columns: Sequence[str], kept: Sequence[str]) -> Iterator[str]:
    return (column for column in columns if column not in kept)


def _refuse_columns(columns: Sequence[str], *, with_secrets: bool) -> None:
    if repeated := sorted({column for column in columns if columns.count(column) > 1}):
        raise InvalidInput(f"the query has several columns {repeated[0]!r}", "Give each a name of its own with AS.")
    if not with_secrets and (secret := SECRET_COLUMNS.intersection(columns)):
        raise InvalidInput(f"the query asks for {min(secret)}, a secret", "Add --with-secrets if you mean it.")


def _shown(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


def _table_file(schema: str, table: str) -> str:
    """Not the same for any two tables, of which one may have a full stop in its name."""
    return _short(_shown(*(file_name(part).replace(".", "%2E") for part in (schema, table))))
