"""The catalog before and after a downgrade on an empty copy: which tables and columns are not there any more."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.schema.downgrading.model import LossKind

ObjectIdentity = tuple[str, str]


@dataclass(frozen=True)
class CatalogColumn:
    """A column of a table under the names that it has; `parent` is the oid of the table that this one is a partition of."""

    schema: str
    table: str
    name: str
    type: str
    is_generated: bool
    parent: int | None


@dataclass(frozen=True)
class Catalog:
    """Columns by the oid of their table and their number, which a new name does not change; `objects` may use them."""

    columns: dict[tuple[int, int], CatalogColumn]
    objects: frozenset[ObjectIdentity]

    @property
    def tables(self) -> dict[int, CatalogColumn]:
        """One column of each table, for its name."""
        return {oid: column for (oid, _number), column in self.columns.items()}


@dataclass(frozen=True)
class Vanished:
    """A table, or a column of it, under the names of before; `to_type` where it stays with another type."""

    schema: str
    table: str
    column: str | None
    kind: LossKind
    to_type: str | None = None


def read_catalog(connection: Connection) -> Catalog:
    """What there is; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "columns"))
        columns = {(row[0], row[1]): CatalogColumn(*row[2:]) for row in cursor}
        cursor.execute(load_sql(__package__, "objects"))
        return Catalog(columns, frozenset((kind, identity) for kind, identity in cursor))


def vanished(before: Catalog, after: Catalog) -> Iterator[Vanished]:
    """What is not there any more, or not of its type; partitions go with their parent, and computed columns are no loss."""
    gone = {oid: table for oid, table in before.tables.items() if oid not in after.tables}
    for table in gone.values():
        if table.parent not in gone:
            yield Vanished(table.schema, table.table, None, LossKind.dropped)
    for key, column in before.columns.items():
        if key[0] in gone or column.parent is not None or column.is_generated or not column.name:
            continue
        now = after.columns.get(key)
        if now is None:
            yield Vanished(column.schema, column.table, column.name, LossKind.dropped)
        elif now.type != column.type:
            yield Vanished(column.schema, column.table, column.name, LossKind.retyped, now.type)
