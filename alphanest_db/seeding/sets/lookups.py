"""Values that name a row of another table by what people call it: `"user_id": {"email": "anna@example.com"}`."""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import name, statement
from alphanest_db.journal.shape import Shape
from alphanest_db.seeding.sets.model import SeedFailed, TableRows
from alphanest_db.seeding.sets.tables import JSON_TYPES, column_of, listed, read_table

# Any in this file: JSON

_FIND = "SELECT {wanted}::text FROM {table} AS r WHERE {conditions} LIMIT 2"


def resolve(connection: Connection, title: str, shape: Shape, wanted: TableRows) -> Iterator[Mapping[str, Any]]:
    """The rows, with the key of the row that is meant in the place of each such value. Raises SeedFailed."""
    known: dict[tuple[str, tuple[tuple[str, Any], ...]], str] = {}
    for row in wanted.rows:
        meant = {}
        for column, value in row.items():
            if isinstance(value, Mapping) and column_of(shape, title, column).type not in JSON_TYPES:
                said = (column, tuple(value.items()))
                if said not in known:
                    known[said] = _find(connection, title, shape, column, value)
                meant[column] = known[said]
        yield {**row, **meant}


def _find(connection: Connection, title: str, shape: Shape, column: str, said: Mapping[str, Any]) -> str:
    key = next((key for key in shape.foreign_keys if [item.name for item in key.columns] == [column]), None)
    if key is None:
        raise SeedFailed(title, f"{shape.shown}.{column} refers to no table, so that its value cannot be an object")
    referenced = read_table(connection, title, f"{key.referenced_schema}.{key.referenced_table}")
    for other in said:
        column_of(referenced, title, other)
    conditions = listed((statement("r.{}::text = %s", name(other)) for other in said), " AND ")
    query = statement(
        _FIND, wanted=name("r", key.columns[0].referenced), table=name(key.referenced_schema, key.referenced_table),
        conditions=conditions,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query, tuple(str(value) for value in said.values()))
        found = cursor.fetchall()
    if len(found) != 1:
        words = ", ".join(f"{other} {value!r}" for other, value in said.items())
        count = "none" if not found else "more than one"
        raise SeedFailed(
            title, f"{shape.shown}.{column} means a row of {key.referenced_table} with {words}, and there is {count}"
        )
    return str(found[0][0])
