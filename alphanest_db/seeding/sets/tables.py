"""The tables that a set names, as they are in a database."""

import difflib
from collections.abc import Iterable

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import SCHEMA
from alphanest_db.errors import Refused
from alphanest_db.journal.shape import Column, Shape, read_shape
from alphanest_db.seeding.sets.model import SeedFailed

JSON_TYPES = ("json", "jsonb")


def split_table(table: str) -> tuple[str, str]:
    """Schema and name.

    >>> split_table("users"), split_table("shop.users")
    (('public', 'users'), ('shop', 'users'))
    """
    schema, dot, bare = table.rpartition(".")
    return (schema, bare) if dot else ("public", table)


def read_table(connection: Connection, title: str, table: str) -> Shape:
    """The table that the set of that title names. Raises SeedFailed where there is none, or it is one of the tool's own."""
    schema, bare = split_table(table)
    if schema == SCHEMA:
        raise SeedFailed(title, f"{table} is one of the tool's own tables")
    try:
        return read_shape(connection, schema, bare)
    except Refused as error:
        raise SeedFailed(
            title, f"there is no table {table}", "`alphanest db current` shows where the database stands."
        ) from error


def column_of(shape: Shape, title: str, column: str) -> Column:
    """The column of that name. Raises SeedFailed where there is none, or it is computed."""
    found = shape.column(column)
    if found is None:
        near = difflib.get_close_matches(column, [item.name for item in shape.columns])
        guess = f"Did you mean {near[0]}?" if near else None
        raise SeedFailed(title, f"{shape.shown} has no column {column}", guess)
    if found.is_generated:
        raise SeedFailed(title, f"the column {column} of {shape.shown} is computed", "Leave it out.")
    return found


def listed(parts: Iterable[sql.Composable], between: str = ", ") -> sql.Composable:
    """The parts with something between them."""
    return sql.SQL(between).join(parts)
