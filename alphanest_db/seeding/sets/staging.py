"""Rows of a set in a temporary table, with the types of the table that they are for."""

import itertools
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import name, statement
from alphanest_db.journal.shape import Shape
from alphanest_db.seeding.sets.lookups import resolve
from alphanest_db.seeding.sets.model import SeedFailed, TableRows
from alphanest_db.seeding.sets.tables import JSON_TYPES, column_of, listed

Row = Mapping[str, Any]  # Any: JSON

_CREATE = "CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
_FILL = "INSERT INTO {stage} SELECT * FROM pg_catalog.json_populate_recordset(NULL::{stage}, %s)"
_NAMESPACE = uuid.UUID("5e2c6a0f-0c55-5e1d-8f7b-a1fa7e575eed")
_TEXTS = ("character varying", "text", "uuid")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stage:
    """Rows that say the same columns; `key` finds each in `shape` again, `compared` are the columns that make a row another one."""

    shape: Shape
    table: sql.Identifier
    columns: tuple[str, ...]
    key: tuple[str, ...]
    compared: tuple[str, ...]
    rows: int


def staged(connection: Connection, title: str, shape: Shape, wanted: TableRows) -> Iterator[Stage]:
    """The rows in as many temporary tables as they have sets of columns. Raises SeedFailed."""
    key = _key_of(title, shape, wanted)
    rows = [_complete(title, shape, key, row) for row in resolve(connection, title, shape, wanted)]
    _refuse_repeated(title, shape, key, rows)
    for columns, same in itertools.groupby(sorted(rows, key=tuple), key=tuple):
        yield _stage(connection, title, shape, wanted, key, columns, list(same))


def _stage(
    connection: Connection, title: str, shape: Shape, wanted: TableRows, key: tuple[str, ...], columns: tuple[str, ...],
    rows: Sequence[Row],
) -> Stage:  # fmt: skip
    json_columns = {column for column in columns if column_of(shape, title, column).type in JSON_TYPES}
    table = name("pg_temp", f"alphanest_seed_{next(_numbers)}")
    document = json.dumps(
        [_with_documents(title, shape, row, json_columns) for row in rows] if wanted.as_text else rows
    )
    with connection.cursor() as cursor:
        cursor.execute(statement(_CREATE, stage=table, columns=listed(map(name, columns)), table=shape.quoted))
        cursor.execute(statement(_FILL, stage=table), (document,))
    apart = {*key, *shape.key, *wanted.insert_only}
    compared = tuple(column for column in columns if column not in apart)
    return Stage(shape, table, columns, key, compared, len(rows))


def _key_of(title: str, shape: Shape, wanted: TableRows) -> tuple[str, ...]:
    key = wanted.key or shape.key
    for column in key:
        column_of(shape, title, column)
    if not key:
        raise SeedFailed(title, f"{shape.shown} has no primary key", "Say in the header which columns name a row.")
    return key


def _complete(title: str, shape: Shape, key: tuple[str, ...], row: Row) -> Row:
    """With the key, and with an id where it was left out: always the same one for the same row of a set."""
    if missing := [column for column in key if row.get(column) is None]:
        raise SeedFailed(
            title, f"a row of {shape.shown} has no {missing[0]}, which names it",
            "Give it one, or say in the header which columns name a row.",
        )  # fmt: skip
    if (
        len(shape.key) == 1
        and (only := shape.key[0]) not in row
        and column_of(shape, title, only).type.startswith(_TEXTS)
    ):
        said = json.dumps([title, shape.shown, [row[column] for column in key]])
        return {only: str(uuid.uuid5(_NAMESPACE, said)), **row}
    return row


def _refuse_repeated(title: str, shape: Shape, key: tuple[str, ...], rows: Sequence[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        said = json.dumps([row[column] for column in key])
        if said in seen:
            raise SeedFailed(title, f"two rows of {shape.shown} have the same {', '.join(key)}: {said[1:-1]}")
        seen.add(said)


def _with_documents(title: str, shape: Shape, row: Row, json_columns: set[str]) -> Row:
    """Text that is JSON becomes it."""
    try:
        return {
            column: json.loads(value) if column in json_columns and isinstance(value, str) else value
            for column, value in row.items()
        }
    except json.JSONDecodeError as error:
        raise SeedFailed(title, f"a row of {shape.shown} has a value that is not JSON: {error.msg}") from error
