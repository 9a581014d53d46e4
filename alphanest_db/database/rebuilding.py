"""Indexes and keys that are dropped before many rows are loaded, and made again afterwards, as they were."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement

OnObject = Callable[[str, int, int], None]  # told which one is made, its number and how many there are


@dataclass(frozen=True)
class Rebuilt:
    """An index, or a constraint of a table, with what makes it again; a name without a table is an index."""

    schema: str
    table: str
    name: str
    is_constraint: bool
    definition: str

    def drop(self) -> sql.Composed:
        """The statement that drops it; refused by the server where something depends on it."""
        if self.is_constraint:
            return statement("ALTER TABLE ONLY {} DROP CONSTRAINT {}", name(self.schema, self.table), name(self.name))
        return statement("DROP INDEX {}", name(self.schema, self.name))

    def make(self) -> sql.Composed:
        """The statement that makes it again."""
        if not self.is_constraint:
            return sql.Composed([sql.SQL(self.definition)])
        return statement(
            "ALTER TABLE ONLY {} ADD CONSTRAINT {} {}",
            name(self.schema, self.table), name(self.name), sql.SQL(self.definition),
        )  # fmt: skip


def drop_rebuildable(connection: Connection, tables: Sequence[str]) -> list[Rebuilt]:
    """Drop what can be made again exactly as it was, and return it in the order in which to make it.

    What has something that its definition does not tell stays: a comment, a tablespace, storage parameters or statistics of its
    own, disabled triggers, views or keys of other tables that need it. So does all of a table that is not the role's own.
    Takes ACCESS EXCLUSIVE locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "rebuildable"), {"tables": list(tables)})
        found = [Rebuilt(*row) for row in cursor]
        for rebuilt in reversed(found):
            cursor.execute(rebuilt.drop())
    return found


def rebuild(connection: Connection, dropped: Sequence[Rebuilt], on_object: OnObject) -> None:
    """Make again what was dropped, in that order."""
    with connection.cursor() as cursor:
        for number, rebuilt in enumerate(dropped, start=1):
            on_object(rebuilt.name, number, len(dropped))
            cursor.execute(rebuilt.make())
