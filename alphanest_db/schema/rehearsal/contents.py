"""What the tables hold, as counts and sums of hashes: equal where the same rows are there, in whatever order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement

# How values are written as text; the search path also decides how names are.
_PINNED = {
    "search_path": "", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres", "TimeZone": "UTC", "extra_float_digits": "1",
    "bytea_output": "hex", "row_security": "off",
}  # fmt: skip
_HASH = '(pg_catalog.hashtextextended(({})::text COLLATE "C", 0))'

# Before, a session's counts arrived some time later.
COUNTS_SINCE = 150000

TableKey = tuple[str, str]


@dataclass(frozen=True)
class ColumnContent:
    """How many values are not NULL, and the sum of their hashes."""

    values: int
    hash: Decimal | None


@dataclass(frozen=True)
class TableContent:
    """A table's rows; `hash` is that of whole rows, whatever the order of the columns.

    `state` is another one after any change: files, columns, and how many rows the server counts as written.
    """

    rows: int
    hash: Decimal | None
    columns: dict[str, ColumnContent]
    state: str = field(default="", compare=False)


Contents = dict[TableKey, TableContent]


def pin_settings(connection: Connection) -> None:
    """Make the session write values as text in one and the same way; it must be in autocommit mode."""
    with connection.cursor() as cursor:
        for setting, value in _PINNED.items():
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, false)", (setting, value))


def read_contents(
    connection: Connection, *, known: Contents | None = None, progress: Callable[[str], None] = lambda _table: None
) -> Contents:
    """All tables outside the system's schemas, read as a whole; of what is `known`, only those that were changed since.

    The session's settings must be pinned. Columns that are computed from others are no content of their own.
    """
    known = known if known and connection.server_version >= COUNTS_SINCE else {}
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "table_states"))
        tables = {(schema, table): state for schema, table, *state in cursor}
    contents = {}
    for key, (columns, is_partitioned, state) in tables.items():
        if key in known and known[key].state == state:
            contents[key] = known[key]
        else:
            progress(key[1])
            contents[key] = _read(connection, key, columns, state, is_partitioned=is_partitioned)
    return contents


def hash_of(expression: sql.Composable) -> sql.Composed:
    """The hash of a value's text."""
    return statement(_HASH, expression)


def _read(
    connection: Connection, key: TableKey, columns: list[str], state: str, *, is_partitioned: bool
) -> TableContent:
    row = sql.SQL("ROW({})").format(sql.SQL(", ").join(map(name, columns)))
    parts = [part for column in columns for part in (name(column), hash_of(name(column)))]
    sums = [
        statement("pg_catalog.sum({})" if number % 2 else "pg_catalog.count({})", part)
        for number, part in enumerate(parts)
    ]
    query = statement(
        "SELECT pg_catalog.count(*), pg_catalog.sum({}), {} FROM {} {}",
        hash_of(row), sql.SQL(", ").join([*sums, sql.SQL("0")]), sql.SQL("" if is_partitioned else "ONLY"), name(*key),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[Any] = list(cursor.fetchone() or ())  # Any: counts and sums of hashes
    rows, of_rows, *rest = found
    pairs = zip(rest[0:-1:2], rest[1:-1:2], strict=True)
    held = {c: ColumnContent(*pair) for c, pair in zip(columns, pairs, strict=True)}
    return TableContent(rows, of_rows, held, state)
