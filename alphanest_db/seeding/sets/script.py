"""The rows that an SQL file would put in, which are put in nowhere: its tables are temporary ones, and the real ones only read.

What the file selects from other tables are the real ones' rows.
"""

from collections.abc import Mapping

import psycopg2
from psycopg2 import errorcodes, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the same

from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import literal, load_sql, name, statement
from alphanest_db.seeding.sets.model import SeedFailed, TableRows
from alphanest_db.seeding.sets.tables import listed, read_table, split_table

_HINTS = {
    errorcodes.READ_ONLY_SQL_TRANSACTION: "A script puts rows into the tables that its header names, without their schema.",
    errorcodes.FEATURE_NOT_SUPPORTED: "A script inserts; it begins and ends no transaction, and copies from nowhere.",
}
_AS_TEXT = "SELECT pg_catalog.jsonb_object({columns}::text[], ARRAY[{texts}]::text[]) FROM {table} AS t"
_TEMPORARY = "CREATE TEMPORARY TABLE {temporary} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"


def rows_of_script(
    connection: Connection, title: str, script: str, tables: Mapping[str, tuple[str, ...] | None]
) -> list[TableRows]:
    """What the script inserts into the tables, NULL being no value; inside the connection's transaction. Raises SeedFailed."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT alphanest_script")
        for table in tables:
            cursor.execute(_temporary(connection, title, table))
        # Temporary tables can be written to all the same; it holds until the savepoint is gone, and cannot be taken back before.
        cursor.execute("SET TRANSACTION READ ONLY")
        _run(cursor, title, script)
        found = [_read(connection, title, table, key) for table, key in tables.items()]
        cursor.execute("ROLLBACK TO SAVEPOINT alphanest_script")
        return found


def _run(cursor: Cursor, title: str, script: str) -> None:
    try:
        cursor.execute("SELECT pg_catalog.set_config('alphanest.script', %s, true)", (script,))
        cursor.execute(load_sql(__package__, "run_script"))
    except psycopg2.Error as error:
        if error.pgcode is None:  # the connection is gone
            raise
        raise SeedFailed(title, primary_message(error), _HINTS.get(error.pgcode)) from error


def _temporary(connection: Connection, title: str, table: str) -> sql.Composed:
    schema, bare = split_table(table)
    columns = listed(name(column) for column in _columns(connection, title, table))
    return statement(_TEMPORARY, temporary=name("pg_temp", bare), columns=columns, table=name(schema, bare))


def _read(connection: Connection, title: str, table: str, key: tuple[str, ...] | None) -> TableRows:
    columns = _columns(connection, title, table)
    texts = listed(statement("t.{}::text", name(column)) for column in columns)
    query = statement(_AS_TEXT, columns=literal(columns), texts=texts, table=name("pg_temp", split_table(table)[1]))
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = tuple({column: value for column, value in row[0].items() if value is not None} for row in cursor)
    return TableRows(table, rows, key, as_text=True)


def _columns(connection: Connection, title: str, table: str) -> list[str]:
    shape = read_table(connection, title, table)
    return [column.name for column in shape.columns if not column.is_generated]
