"""The rows of one step as they were, where they are as the step left them: whole tables at a time, in SQL."""

from collections.abc import Iterable

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.foreign_keys import ForeignKey
from alphanest_db.database.identifiers import literal, name, statement
from alphanest_db.journal.model import Obstacle, Step
from alphanest_db.journal.obstacles import CHANGES, Obstacles, refuse_referred
from alphanest_db.journal.shape import Shape, value_of

_BEFORE, _KEY = sql.SQL("c.before"), sql.SQL("c.key")
_BY_TRIGGER = "a trigger changes what is put back"
_OF_STEP = "c.run_id = {run} AND c.step = {step}"
_LOCK = "SELECT count(*) FROM (SELECT FROM {source} AS t JOIN {changes} ON {same} WHERE {of_step} FOR UPDATE OF t) AS locked"
_CHANGED_SINCE = "SELECT c.key FROM {changes} JOIN {source} AS t ON {same} WHERE {of_step} AND NOT {row} @> c.after"
_DELETE = "DELETE FROM {source} AS t USING {changes} WHERE {of_step} AND {same} AND {row} @> c.after"
_NEITHER = _CHANGED_SINCE + " AND NOT {row} @> c.before"
_GONE = "SELECT c.key FROM {changes} WHERE {of_step} AND NOT EXISTS (SELECT FROM {source} AS t WHERE {same})"
_UPDATE = "UPDATE {source} AS t SET {assignments} FROM {changes} WHERE {of_step} AND {same} AND {row} @> c.after"
_ANOTHER = "SELECT c.key FROM {changes} JOIN {source} AS t ON {same} WHERE {of_step} AND NOT {row} @> c.before"
_INSERT = """
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {changes}
WHERE {of_step} AND NOT EXISTS (SELECT FROM {source} AS t WHERE {same}) ORDER BY c.number ON CONFLICT DO NOTHING
"""
_COLUMNS = "SELECT DISTINCT pg_catalog.jsonb_object_keys(c.before) FROM {changes} WHERE {of_step}"


def delete_inserted(
    connection: Connection, run: int, step: Step, shape: Shape, links: Iterable[ForeignKey], obstacles: Obstacles
) -> int:
    """Take out what the step put in; how many rows. What was changed since, or is referred to, is an obstacle."""
    parts, earlier = _parts(run, step, shape), obstacles.total
    _execute(connection, _LOCK, parts)
    obstacles.ask(connection, shape, statement(_CHANGED_SINCE, **parts), "was changed since")
    refuse_referred(connection, run, step.number, shape, links, obstacles)
    return 0 if obstacles.total > earlier else _execute(connection, _DELETE, parts)


def restore_updated(connection: Connection, run: int, step: Step, shape: Shape, obstacles: Obstacles) -> int:
    """Give rows the values that they had; how many. What is gone or has a third value is an obstacle."""
    parts, earlier = _parts(run, step, shape), obstacles.total
    columns = _recorded_columns(connection, shape, parts, obstacles)
    if not columns:
        return 0
    _execute(connection, _LOCK, parts)
    obstacles.ask(connection, shape, statement(_GONE, **parts), "is gone")
    obstacles.ask(connection, shape, statement(_NEITHER, **parts), "was changed since")
    parts["assignments"] = _listed([_assignment(shape, column) for column in columns])
    rows = _execute(connection, _UPDATE, parts)
    if obstacles.total == earlier:
        obstacles.ask(connection, shape, statement(_ANOTHER, **parts), _BY_TRIGGER)
    return rows


def insert_deleted(connection: Connection, run: int, step: Step, shape: Shape, obstacles: Obstacles) -> int:
    """Put rows in again; how many. A key or another unique value that was given away since is an obstacle."""
    parts, earlier = _parts(run, step, shape), obstacles.total
    columns = _recorded_columns(connection, shape, parts, obstacles)
    if shape.key:
        obstacles.ask(connection, shape, statement(_ANOTHER, **parts), "there is another row by this key")
    if not columns or obstacles.total > earlier:
        return 0
    parts["columns"] = _listed([name(column) for column in columns])
    parts["values"] = _listed([value_of(_BEFORE, column, _type(shape, column)) for column in columns])
    rows = _execute(connection, _INSERT, parts)
    if shape.key:
        obstacles.ask(connection, shape, statement(_GONE, **parts), "a unique value of it is another row's now")
        obstacles.ask(connection, shape, statement(_ANOTHER, **parts), _BY_TRIGGER)
    return rows


def _recorded_columns(
    connection: Connection, shape: Shape, parts: dict[str, sql.Composable], obstacles: Obstacles
) -> list[str]:
    """The columns that have a value in the journal, but for those that are computed; none where one is gone."""
    with connection.cursor() as cursor:
        cursor.execute(statement(_COLUMNS, **parts))
        recorded = {row[0] for row in cursor}
    gone = sorted(recorded - {column.name for column in shape.columns})
    for column in gone:
        obstacles.add(Obstacle(shape.shown, None, f"the column {column} is gone"))
    return (
        [] if gone else [column.name for column in shape.columns if column.name in recorded and not column.is_generated]
    )


def _parts(run: int, step: Step, shape: Shape) -> dict[str, sql.Composable]:
    return {
        "table": shape.quoted, "source": shape.source, "changes": sql.SQL(CHANGES), "row": shape.row(),
        "same": shape.has_key(_KEY) if shape.key else sql.SQL("false"),
        "of_step": statement(_OF_STEP, run=literal(run), step=literal(step.number)),
    }  # fmt: skip


def _assignment(shape: Shape, column: str) -> sql.Composable:
    """The value of before, where this row had another one."""
    value = value_of(_BEFORE, column, _type(shape, column))
    return statement("{0} = CASE WHEN c.before ? {1} THEN {2} ELSE t.{0} END", name(column), literal(column), value)


def _type(shape: Shape, column: str) -> str:
    found = shape.column(column)
    assert found is not None  # chosen from the table's own
    return found.type


def _execute(connection: Connection, text: str, parts: dict[str, sql.Composable]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement(text, **parts))
        return int(cursor.rowcount)


def _listed(parts: list[sql.Composable]) -> sql.Composable:
    return sql.SQL(", ").join(parts)
