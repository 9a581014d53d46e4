"""The planner's statistics after a migration: tables that were rewritten or newly indexed are analyzed."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement


@dataclass(frozen=True)
class TableStorage:
    """Where a table's rows are stored, and its indexes; the number of the file changes when the table is rewritten."""

    schema: str
    table: str
    file_number: int
    indexes: tuple[int, ...]


def read_storage(connection: Connection) -> dict[int, TableStorage]:
    """The storage of each table, by the table's oid; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "table_storage"))
        return {oid: TableStorage(schema, table, file, tuple(indexes)) for oid, schema, table, file, indexes in cursor}


def changed_tables(before: dict[int, TableStorage], after: dict[int, TableStorage]) -> list[str]:
    """Tables that were there before and were rewritten, or got an index, since; those made since hold nothing yet."""
    return [
        f"{now.schema}.{now.table}"
        for oid, now in after.items()
        if (then := before.get(oid))
        and (then.file_number != now.file_number or not set(now.indexes) <= set(then.indexes))
    ]


def analyze(connection: Connection, tables: Sequence[str]) -> None:
    """ANALYZE the tables, `schema.table` each; one that the role may not analyze is left to autovacuum."""
    with connection.cursor() as cursor:
        for table in tables:
            try:
                cursor.execute(statement("ANALYZE {}", name(*table.split(".", 1))))
            except (errors.InsufficientPrivilege, errors.UndefinedTable):
                continue
