"""What the tables hold, as counts and sums of hashes: equal where the same rows are there, in whatever order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

TableKey = tuple[str, str]


@dataclass(frozen=True)
class ColumnContent:
    """How many values are not NULL, and the sum of their hashes."""

    values: int
    hash: Decimal | None


@dataclass(frozen=True)
class TableContent:
    """A table's rows; `hash` is that of whole rows, whatever the order of the columns."""

    rows: int
    hash: Decimal | None
    columns: dict[str, ColumnContent]


Contents = dict[TableKey, TableContent]


def pin_settings(connection: Connection) -> None:
    """Make the session write values as text in one and the same way; it must be in autocommit mode."""
    with connection.cursor() as cursor:
        for setting, value in _PINNED.items():
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, false)", (setting, value))


def read_contents(
    connection: Connection, *, known: Contents | None = None, touched: Iterable[TableKey] | None = None,
    progress: Callable[[str], None] = lambda _table: None,
) -> Contents:  # fmt: skip
    """All tables outside the system's schemas, read as a whole; of what is `known`, only those that were `touched`.

    The session's settings must be pinned. Columns that are computed from others are no content of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "table_columns"))
        tables = {(schema, table): (columns, is_partitioned) for schema, table, columns, is_partitioned in cursor}
    stale = _stale(tables, known or {}, touched)
    contents = {}
    for key, (columns, is_partitioned) in tables.items():
        if key in stale:
            progress(key[1])
            contents[key] = _read(connection, key, columns, is_partitioned=is_partitioned)
        else:
            contents[key] = (known or {})[key]
    return contents


def hash_of(expression: sql.Composable) -> sql.Composed:
    """The hash of a value's text."""
    return statement(_HASH, expression)


def _stale(tables: Iterable[TableKey], known: Contents, touched: Iterable[TableKey] | None) -> set[TableKey]:
    """Which to read again: all where something was touched that is not listed, such as a partition."""
    listed = set(tables)
    if touched is None or not set(touched) <= listed | set(known):
        return listed
    return {key for key in listed if key not in known or key in touched}


def _read(connection: Connection, key: TableKey, columns: list[str], *, is_partitioned: bool) -> TableContent:
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
    return TableContent(rows, of_rows, {c: ColumnContent(*pair) for c, pair in zip(columns, pairs, strict=True)})
