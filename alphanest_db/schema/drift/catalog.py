"""What the catalog says beyond a dump: columns one by one, checks valid or not, INVALID indexes, constraints switched off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import SCHEMA
from alphanest_db.database.identifiers import load_sql


@dataclass(frozen=True)
class Column:
    """A column; `sql_table` and `sql_name` are quoted. `generated` is s or v, `identity` a or d, both empty otherwise.

    `expression` is the default, or what a generated column is computed from.
    """

    schema: str
    table: str
    name: str
    sql_table: str
    sql_name: str
    type: str
    not_null: bool
    not_null_unproved: bool
    expression: str | None
    generated: str
    identity: str
    collation: str | None


@dataclass(frozen=True)
class Check:
    """A CHECK constraint of a table, NOT VALID included in its definition."""

    schema: str
    table: str
    name: str
    sql_table: str
    sql_name: str
    definition: str


@dataclass(frozen=True)
class InvalidIndex:
    """An index whose build did not finish, or is not finished yet."""

    schema: str
    table: str
    name: str
    sql_name: str
    definition: str
    being_built: bool


@dataclass(frozen=True)
class DisabledConstraint:
    """A constraint whose triggers on this table, quoted names, do not fire."""

    schema: str
    table: str
    name: str
    sql_table: str
    triggers: Sequence[str]


@dataclass(frozen=True)
class Catalog:
    """All of it, in the order of the names."""

    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    invalid_indexes: tuple[InvalidIndex, ...]
    disabled: tuple[DisabledConstraint, ...]


def read_catalog(connection: Connection) -> Catalog:
    """What the catalog says; reads only, and makes the session write every name with its schema."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.set_config('search_path', '', false)")
    return Catalog(
        tuple(Column(*row) for row in _rows(connection, "columns") if row[1] != "alembic_version"),
        tuple(Check(*row) for row in _rows(connection, "checks") if row[1] != "alembic_version"),
        tuple(InvalidIndex(*row) for row in _rows(connection, "invalid_indexes")),
        tuple(DisabledConstraint(*row) for row in _rows(connection, "disabled_constraints")),
    )


def _rows(connection: Connection, query: str) -> Iterator[tuple[Any, ...]]:  # Any: columns of different types
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, query), {"admin_schema": SCHEMA})
        yield from cursor
