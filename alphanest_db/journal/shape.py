"""A table as the journal sees it, and its rows as SQL that gives every value back as it was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.foreign_keys import ForeignKey, read_foreign_keys, violation
from alphanest_db.database.identifiers import literal, load_sql, name, statement
from alphanest_db.errors import Refused

# What the text of a value depends on.
_SETTINGS = """
SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content';
SET LOCAL row_security = off
"""


@dataclass(frozen=True)
class Column:
    """A column with its type as SQL writes it; one that is generated cannot be written."""

    name: str
    type: str
    is_generated: bool
    nullable: bool

    @property
    def null(self) -> sql.Composable:
        """NULL of its type."""
        return statement("NULL::{}", sql.SQL(self.type))


@dataclass(frozen=True)
class CheckConstraint:
    """A CHECK constraint; `expression` is the server's own text of it."""

    name: str
    is_valid: bool
    expression: str


@dataclass(frozen=True)
class Shape:
    """A table: what can be written, what names a row, and what a row may violate."""

    schema: str
    table: str
    is_partitioned: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    checks: tuple[CheckConstraint, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def quoted(self) -> sql.Identifier:
        """Its name for a statement."""
        return name(self.schema, self.table)

    @property
    def source(self) -> sql.Composable:
        """Its own rows and those of its partitions, none of tables that inherit from it."""
        return self.quoted if self.is_partitioned else statement("ONLY {}", self.quoted)

    @property
    def shown(self) -> str:
        """Its name for people."""
        return self.table if self.schema == "public" else f"{self.schema}.{self.table}"

    @property
    def valid_constraints(self) -> list[str]:
        """The names of its CHECK constraints and foreign keys that PostgreSQL calls valid."""
        return [check.name for check in self.checks if check.is_valid] + [
            key.name for key in self.foreign_keys if key.is_valid
        ]

    def column(self, name: str) -> Column | None:
        """The column of that name, if it is there."""
        return next((column for column in self.columns if column.name == name), None)

    def row(self, alias: str = "t") -> sql.Composable:
        """A row as JSON: its columns as text."""
        return _object(alias, [column.name for column in self.columns])

    def row_key(self, alias: str = "t") -> sql.Composable:
        """The primary key of a row as JSON, NULL where the table has none."""
        return _object(alias, self.key) if self.key else sql.SQL("NULL::jsonb")

    def has_key(self, key: sql.Composable, alias: str = "t") -> sql.Composable:
        """The condition that a row has that primary key (a JSON object); by index."""
        types = {column.name: column.type for column in self.columns}
        return sql.SQL(" AND ").join(
            statement("{}.{} = {}", name(alias), name(column), value_of(key, column, types[column]))
            for column in self.key
        )

    def violated(self, alias: str = "t") -> sql.Composable:
        """The names of the constraints that a row violates as an array, NULL where it violates none."""
        parts = [
            *((key.name, violation(key, alias)) for key in self.foreign_keys),
            *((check.name, self._fails(check, alias)) for check in self.checks),
        ]
        if not parts:
            return sql.SQL("NULL::text[]")
        cases = _listed(statement("CASE WHEN {} THEN {} END", test, literal(said)) for said, test in parts)
        return statement("nullif(pg_catalog.array_remove(ARRAY[{}]::text[], NULL), '{{}}')", cases)

    def admits(self, values: Mapping[str, sql.Composable], alias: str = "t") -> sql.Composable:
        """The condition that a row may be given these values: a CHECK that is NOT VALID refuses old rows whatever is changed."""
        row = _listed(
            statement("{} AS {}", values.get(column.name, name(alias, column.name)), name(column.name))
            for column in self.columns
        )
        fails = [self._refuses(check, row) for check in self.checks if not check.is_valid]
        return statement("NOT ({})", sql.SQL(" OR ").join(fails)) if fails else sql.SQL("true")

    def _fails(self, check: CheckConstraint, alias: str) -> sql.Composable:
        return self._refuses(check, statement("{}.*", name(alias)))

    def _refuses(self, check: CheckConstraint, row: sql.Composable) -> sql.Composable:
        """The constraint's text names columns without a table: they are those of a subquery that has no others."""
        return statement(
            "EXISTS (SELECT FROM (SELECT {}) AS {} WHERE NOT ({}))", row, name(self.table), sql.SQL(check.expression)
        )


def read_shape(connection: Connection, schema: str, table: str) -> Shape:
    """The table as it is now; reads the catalog only. Raises Refused where there is no such table."""
    names = {"schema": schema, "table": table}
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "columns"), names)
        found = cursor.fetchone()
        if found is None:
            raise Refused(f"there is no table {schema}.{table} any more", "Put it back first; nothing was changed.")
        cursor.execute(load_sql(__package__, "checks"), names)
        checks = tuple(CheckConstraint(*row) for row in cursor)
    is_partitioned, columns, key = found
    keys = tuple(k for k in read_foreign_keys(connection) if (k.schema, k.table) == (schema, table))
    return Shape(schema, table, is_partitioned, tuple(Column(*c) for c in columns), tuple(key), checks, keys)


def pin_text(connection: Connection) -> None:
    """Let values have the same text whoever asks, for the rest of the transaction; rows that would be hidden are an error."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)


def value_of(row: sql.Composable, column: str, type_: str) -> sql.Composable:
    """A column of a row that is JSON, as a value of its type, which is the server's own text."""
    return statement("({} ->> {})::{}", row, literal(column), sql.SQL(type_))


def _object(alias: str, columns: Sequence[str]) -> sql.Composable:
    values = _listed(statement("{}.{}::text", name(alias), name(column)) for column in columns)
    return statement("pg_catalog.jsonb_object({}::text[], ARRAY[{}]::text[])", literal(list(columns)), values)


def _listed(parts: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL(", ").join(parts)
