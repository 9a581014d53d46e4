"""The rows of a SELECT as a Parquet file, by pyarrow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from pyarrow.parquet import ParquetWriter

from alphanest_db.database.identifiers import name, statement

# Any in this file: pyarrow has no types, and column values are whatever they are.

_ROWS, _ROWS_BYTES = 10_000, 1 << 23  # what is in memory at once: so many rows, or fewer where they are wide
_GROWTH = 100  # nobody knows how wide they are before the first ones are there
_AS_IT_IS = "{column}"
# Times as whole numbers are exact, quick, and have no end of the world in 9999; infinity is nothing that Parquet has.
_MICROSECONDS = (
    "CASE WHEN {column} BETWEEN '4713-01-01 00:00:00 BC' AND '290000-01-01 00:00:00'"
    " THEN (extract(epoch FROM {column}) * 1000000)::bigint END"
)
_DAYS = "CASE WHEN pg_catalog.isfinite({column}) THEN {column} - date '1970-01-01' END"
_TEXT = "{column}::text"


@dataclass(frozen=True)
class _Form:
    """How a column is asked for, and what Parquet calls it."""

    expression: str
    type: Any


# By the numbers of the types in pg_type.dat, which never change; all others are text, as PostgreSQL writes them.
_FORMS: dict[int, Callable[[], _Form]] = {
    16: lambda: _Form(_AS_IT_IS, pyarrow.bool_()),
    17: lambda: _Form(_AS_IT_IS, pyarrow.binary()),
    20: lambda: _Form(_AS_IT_IS, pyarrow.int64()),
    21: lambda: _Form(_AS_IT_IS, pyarrow.int16()),
    23: lambda: _Form(_AS_IT_IS, pyarrow.int32()),
    700: lambda: _Form(_AS_IT_IS, pyarrow.float32()),
    701: lambda: _Form(_AS_IT_IS, pyarrow.float64()),
    # What these cast to text is not what they are written as: without blanks at the end, and with /32 behind an address.
    869: lambda: _Form(_AS_IT_IS, pyarrow.string()),
    1042: lambda: _Form(_AS_IT_IS, pyarrow.string()),
    1082: lambda: _Form(_DAYS, pyarrow.date32()),
    1114: lambda: _Form(_MICROSECONDS, pyarrow.timestamp("us")),
    1184: lambda: _Form(_MICROSECONDS, pyarrow.timestamp("us", tz="UTC")),
}


def write_parquet(connection: Connection, select: sql.Composable, file: BinaryIO) -> int:
    """Write all rows, some thousands at a time; how many there were. The connection is in a transaction."""
    columns = _columns(connection, select)
    schema = pyarrow.schema([(column, form.type) for column, form in columns])
    rows = 0
    with ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(connection, select, columns, schema):
            rows += batch.num_rows
            writer.write_batch(batch)
    return rows


def _columns(connection: Connection, select: sql.Composable) -> list[tuple[str, _Form]]:
    with connection.cursor() as cursor:
        cursor.execute(statement("SELECT * FROM ({}) AS t LIMIT 0", select))
        text = _Form(_TEXT, pyarrow.string())
        return [(item.name, _FORMS.get(item.type_code, lambda: text)()) for item in cursor.description or ()]


def _batches(
    connection: Connection, select: sql.Composable, columns: Sequence[tuple[str, _Form]], schema: Any
) -> Iterator[Any]:
    wanted = [statement(form.expression, column=name("t", column)) for column, form in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            statement(
                "DECLARE alphanest_export NO SCROLL CURSOR FOR SELECT {} FROM ({}) AS t",
                sql.SQL(", ").join(wanted),
                select,
            )
        )
        count = 1
        while rows := _fetch(cursor, count):
            yield (batch := _record_batch(rows, schema))
            fitting = _ROWS_BYTES * len(rows) // max(1, batch.nbytes)
            count = max(1, min(fitting, count * _GROWTH, _ROWS))
        cursor.execute("CLOSE alphanest_export")


def _fetch(cursor: Any, count: int) -> Sequence[tuple[Any, ...]]:
    cursor.execute(f"FETCH {count} FROM alphanest_export")
    rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _record_batch(rows: Sequence[tuple[Any, ...]], schema: Any) -> Any:
    arrays = [_array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], wanted: Any) -> Any:
    if pyarrow.types.is_timestamp(wanted):
        return pyarrow.array(values, pyarrow.int64()).cast(wanted)
    if pyarrow.types.is_date(wanted):
        return pyarrow.array(values, pyarrow.int32()).cast(wanted)
    if pyarrow.types.is_binary(wanted):
        return pyarrow.array([None if value is None else bytes(value) for value in values], wanted)
    return pyarrow.array(values, wanted)
