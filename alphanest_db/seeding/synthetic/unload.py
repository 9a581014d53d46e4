"""Taking a synthetic platform out again: its rows are made once more, and go where the database has them as they were."""

from collections.abc import Iterable, Mapping

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.foreign_keys import ForeignKey, equality, read_foreign_keys, rows_of
from alphanest_db.database.identifiers import name, statement
from alphanest_db.journal.obstacles import Obstacles
from alphanest_db.journal.shape import Shape, read_shape
from alphanest_db.journal.undo import UndoBlocked
from alphanest_db.seeding.synthetic.load import copy_rows
from alphanest_db.seeding.synthetic.producing import Production
from alphanest_db.seeding.synthetic.tables import COLUMNS, TABLES

# Nobody changes a row between the look at it and its end; reading goes on.
_LOCK = "SET LOCAL lock_timeout = '30s'; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE"
_STAGE = "CREATE TEMPORARY TABLE {stage} AS SELECT {columns} FROM {table} WITH NO DATA"
_CHANGED = "SELECT {key} FROM {source} AS t JOIN {stage} AS s ON t.id = s.id WHERE {differs}"
_REFERRING = "SELECT {key} FROM {children} AS f JOIN {stage} AS r ON {equal} {elsewhere}"
_NOT_OF_RUN = "WHERE NOT EXISTS (SELECT FROM {} AS s WHERE s.id = f.id)"
_DELETE = "DELETE FROM {source} AS t USING {stage} AS s WHERE t.id = s.id"


def stage_rows(connection: Connection, production: Production) -> None:
    """Make the rows in temporary tables, which outlast the transaction: to look and to delete, they are made once."""
    for table in TABLES:
        columns = _listed(name(column) for column in COLUMNS[table])
        _execute(connection, statement(_STAGE, stage=_stage(table), columns=columns, table=name("public", table)))
    for rows in production.rows():
        copy_rows(connection, _stage(rows.table), rows)
    for table in TABLES:
        _execute(connection, statement("ANALYZE {} (id)", _stage(table)))


def unload(connection: Connection, run: int) -> dict[str, int]:
    """How many rows were deleted of each table, children first; inside the connection's transaction, after `stage_rows`.

    Raises UndoBlocked where a row was changed since, or newer rows refer to one: nothing may be committed then.
    """
    _execute(connection, statement(_LOCK, _listed(name(table) for table in TABLES)))
    shapes = {table: read_shape(connection, "public", table) for table in TABLES}
    obstacles = Obstacles()
    for table, shape in shapes.items():
        changed = statement(
            _CHANGED, key=shape.row_key(), source=shape.source, stage=_stage(table), differs=_differs(shape, table)
        )
        obstacles.ask(connection, shape, changed, "was changed since")
    for key in read_foreign_keys(connection):
        if key.referenced_schema == "public" and key.referenced_table in shapes:
            _refuse_referring(connection, key, obstacles)
    if obstacles.total:
        raise UndoBlocked(run, obstacles.some, obstacles.total)
    return {
        table: _execute(connection, statement(_DELETE, source=shapes[table].source, stage=_stage(table)))
        for table in reversed(TABLES)
    }


def _refuse_referring(connection: Connection, key: ForeignKey, obstacles: Obstacles) -> None:
    """Rows that are none of the run's, and would go with what they refer to."""
    children = read_shape(connection, key.schema, key.table)
    own = key.table if key.schema == "public" and key.table in TABLES else None
    referring = statement(
        _REFERRING, key=children.row_key("f"), children=rows_of(key), stage=_stage(key.referenced_table),
        equal=_listed((equality(column, name("f")) for column in key.columns), " AND "),
        elsewhere=statement(_NOT_OF_RUN, _stage(own)) if own else sql.SQL(""),
    )  # fmt: skip
    columns = ", ".join(column.name for column in key.columns)
    obstacles.ask(connection, children, referring, f"{columns} refers to what the run put into {key.referenced_table}")


def _differs(shape: Shape, table: str) -> sql.Composable:
    """json has no equality, and its text is what was put in."""
    types: Mapping[str, str] = {column.name: column.type for column in shape.columns}
    return _listed(
        (
            statement(
                "t.{0}::text IS DISTINCT FROM s.{0}::text"
                if types[column] == "json"
                else "t.{0} IS DISTINCT FROM s.{0}",
                name(column),
            )
            for column in COLUMNS[table]
        ),
        " OR ",
    )


def _stage(table: str) -> sql.Identifier:
    return name("pg_temp", f"alphanest_synthetic_{table}")


def _execute(connection: Connection, command: sql.Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(command)
        return int(cursor.rowcount)


def _listed(parts: Iterable[sql.Composable], between: str = ", ") -> sql.Composable:
    return sql.SQL(between).join(parts)
