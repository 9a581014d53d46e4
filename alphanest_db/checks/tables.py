"""The tables there are, with what a scan of them needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement

MOSTLY = 0.9


@dataclass(frozen=True)
class Table:
    """A table. `shown` is its name as PostgreSQL writes it; `pages` and `rows` are estimates, `rows` below 0 where unknown.

    `unique_columns` are unique each by itself, `indexed_columns` are those that an index begins with, `widths` are the most
    characters that each column takes, None without a limit. `visible_pages` need not be read by who reads an index: VACUUM saw
    that everybody sees all rows of theirs.
    """

    oid: int
    schema: str
    name: str
    shown: str
    is_partitioned: bool
    is_partition: bool
    is_readable: bool
    pages: int
    visible_pages: int
    rows: float
    primary_key: tuple[str, ...]
    unique_columns: frozenset[str]
    indexed_columns: frozenset[str]
    widths: Mapping[str, int | None] = field(repr=False)

    @property
    def is_visible(self) -> bool:
        """True where an index alone tells almost all there is to know of its columns."""
        return self.visible_pages >= MOSTLY * self.pages

    @property
    def quoted(self) -> sql.Composable:
        """Its name for a statement, whatever the search path."""
        return name(self.schema, self.name)

    @property
    def source(self) -> sql.Composable:
        """What to select from: all partitions, but no tables that inherit from it."""
        return self.quoted if self.is_partitioned else statement("ONLY {}", self.quoted)


Tables = Mapping[str, Table]


def read_tables(connection: Connection) -> Tables:
    """All tables by their names as PostgreSQL shows them; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "tables"))
        tables = [_table(*row) for row in cursor]
    return {table.shown: table for table in tables}


def _table(*row: Any) -> Table:  # Any: of the types that the query names
    *facts, primary_key, unique_columns, indexed_columns, widths = row
    return Table(*facts, tuple(primary_key), frozenset(unique_columns), frozenset(indexed_columns), widths)  # type: ignore[call-arg] # as many as the query names
