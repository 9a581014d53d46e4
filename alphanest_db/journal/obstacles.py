"""What stands in the way of undoing: all of it counted, some of it told."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.foreign_keys import (
    ForeignKey,
    equality,
    referenced_rows,
    rows_of,
    violation,
)
from alphanest_db.database.identifiers import literal, name, statement
from alphanest_db.journal.model import Obstacle, Run
from alphanest_db.journal.shape import Shape, read_shape

_TOLD = 20
# The changes of one step, or of all steps on one table; `t` is the row as it is now.
CHANGES = "alphanest_admin.journal_changes AS c"
_COUNTED = "SELECT count(*) OVER (), key FROM ({}) AS found (key) LIMIT {}"
# A row that several steps changed is an orphan as it was where any of them found it so. Grouped rather than compared with itself,
# and one thing after the other, each by an index: the planner knows nothing of the run's changes, takes orphans for none or one,
# and was seen to spend a quarter of an hour on a million of them in another order.
_ORPHANED = """
WITH changed AS MATERIALIZED (
    SELECT c.key FROM alphanest_admin.journal_changes AS c
    JOIN alphanest_admin.journal_steps AS s ON s.run_id = c.run_id AND s.number = c.step
    WHERE c.run_id = {run} AND s.schema_name = {schema} AND s.table_name = {table} AND c.before IS NOT NULL
    GROUP BY c.key HAVING bool_or({constraint} = ANY (c.violates)) IS NOT TRUE
),
back AS MATERIALIZED (SELECT c.key AS alphanest_key, t.* FROM changed AS c JOIN {source} AS t ON {same})
SELECT t.alphanest_key FROM back AS t WHERE {violation}
"""
_HOLD = """
SELECT count(*) FROM (
    SELECT FROM {referenced} AS r WHERE EXISTS (
        SELECT FROM alphanest_admin.journal_changes AS c
        JOIN alphanest_admin.journal_steps AS s ON s.run_id = c.run_id AND s.number = c.step
        JOIN {source} AS t ON {same}
        WHERE c.run_id = {run} AND s.schema_name = {schema} AND s.table_name = {table} AND c.before IS NOT NULL AND {equal}
    ) FOR KEY SHARE OF r
) AS held
"""
_REFERRING = """
SELECT {key} FROM {children} AS f
WHERE EXISTS (
    SELECT FROM {changes} JOIN {source} AS r ON {same}
    WHERE c.run_id = {run} AND c.step = {step} AND {equal}
) {elsewhere}
"""


@dataclass
class Obstacles:
    """All that was found so far: `total` exact, `some` of them in words."""

    some: list[Obstacle] = field(default_factory=list)
    total: int = 0

    def add(self, obstacle: Obstacle) -> None:
        """One more, unless several steps come upon the same."""
        if obstacle not in self.some:
            self.total += 1
            self.some += [obstacle][: _TOLD - len(self.some)]

    def ask(self, connection: Connection, shape: Shape, keys: sql.Composable, problem: str) -> None:
        """Every row whose key (as JSON) the query yields has the problem."""
        with connection.cursor() as cursor:
            cursor.execute(statement(_COUNTED, keys, literal(_TOLD)))
            found = cursor.fetchall()
        room = max(0, _TOLD - len(self.some))
        self.some += [Obstacle(shape.shown, key, problem) for _count, key in found[:room]]
        self.total += found[0][0] if found else 0


def newly_orphaned(connection: Connection, run: Run, shape: Shape, obstacles: Obstacles, *, hold: bool) -> None:
    """Rows that are back and refer to what is gone, though they did not when the run changed them.

    With `hold`, what they refer to is locked as the server's own triggers would, so that it stays until the transaction ends.
    """
    for key in shape.foreign_keys if shape.key else ():
        parts: dict[str, sql.Composable] = {
            "source": shape.source, "same": shape.has_key(sql.SQL("c.key")), "run": literal(run.id),
            "schema": literal(shape.schema), "table": literal(shape.table),
        }  # fmt: skip
        if hold and not key.is_temporal:
            equal = _all(equality(column, name("t")) for column in key.columns)
            with connection.cursor() as cursor:
                cursor.execute(statement(_HOLD, referenced=referenced_rows(key), equal=equal, **parts))
        violated = violation(key, "t")
        gone = statement(_ORPHANED, constraint=literal(key.name), violation=violated, **parts)
        obstacles.ask(connection, shape, gone, f"what {_columns(key)} refers to is gone since ({key.name})")


def refuse_referred(
    connection: Connection, run: int, step: int, shape: Shape, links: Iterable[ForeignKey], obstacles: Obstacles
) -> None:
    """Rows of any table that refer to rows which the step inserted, and would go with them or hang in the air."""
    for key in links:
        if (key.referenced_schema, key.referenced_table) == (shape.schema, shape.table) and not key.is_temporal:
            children = read_shape(connection, key.schema, key.table)
            obstacles.ask(
                connection, children, _referring(key, run, step, shape, children),
                f"{_columns(key)} refers to what the run put into {shape.shown}",
            )  # fmt: skip


def _referring(key: ForeignKey, run: int, step: int, shape: Shape, children: Shape) -> sql.Composable:
    """But for rows of the same step: those go together."""
    itself = children.quoted == shape.quoted
    return statement(
        _REFERRING, key=children.row_key("f"), children=rows_of(key), changes=sql.SQL(CHANGES),
        source=referenced_rows(key), same=shape.has_key(sql.SQL("c.key"), "r"), run=literal(run), step=literal(step),
        equal=_all(equality(column, name("f")) for column in key.columns),
        elsewhere=_not_of_step(run, step, shape) if itself else sql.SQL(""),
    )  # fmt: skip


def _not_of_step(run: int, step: int, shape: Shape) -> sql.Composable:
    return statement(
        "AND NOT EXISTS (SELECT FROM {} WHERE c.run_id = {} AND c.step = {} AND {})",
        sql.SQL(CHANGES), literal(run), literal(step), shape.has_key(sql.SQL("c.key"), "f"),
    )  # fmt: skip


def _columns(key: ForeignKey) -> str:
    return ", ".join(column.name for column in key.columns)


def _all(parts: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL(" AND ").join(parts)
