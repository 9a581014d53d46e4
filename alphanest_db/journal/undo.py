"""Taking a run back: its steps from the last to the first, each row only where it is as the run left it.

A row that is as it was before already is left alone; any other is an obstacle, and so is whatever else is newer and would be
lost or contradicted. With an obstacle, nothing is undone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from psycopg2 import IntegrityError
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.foreign_keys import ForeignKey, read_foreign_keys
from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import Refused
from alphanest_db.journal.bringing_back import delete_inserted, insert_deleted, restore_updated
from alphanest_db.journal.enforcement import disable_again
from alphanest_db.journal.loosening import Loosened, Loosening
from alphanest_db.journal.model import Action, Obstacle, Run, Step
from alphanest_db.journal.obstacles import Obstacles, newly_orphaned
from alphanest_db.journal.shape import Shape, pin_text, read_shape


@dataclass(frozen=True)
class Undone:
    """A run that was taken back: its steps with how many rows were put back, and constraints that are NOT VALID again."""

    run: int
    steps: tuple[Step, ...]
    loosened: tuple[Loosened, ...]


class UndoBlocked(Refused):
    """Something newer stands in the way of undoing a run; nothing was changed."""

    def __init__(self, run: int, obstacles: Sequence[Obstacle], total: int) -> None:
        more = [f"… and {total - len(obstacles):,} more"] if total > len(obstacles) else []
        super().__init__(
            f"run {run} cannot be undone: something newer stands in the way",
            "Nothing was changed. Move that out of the way, or leave the run as it is.",
            [*map(str, obstacles), *more],
        )
        self.run = run
        self.obstacles = tuple(obstacles)
        self.total = total


def undo_run(connection: Connection, run: Run, *, by: str, links: Sequence[ForeignKey] | None = None) -> Undone:
    """Put back what the run changed, inside the connection's transaction, which the caller commits or rolls back.

    Locks the rows concerned. Where rows come back that violate a foreign key, its triggers are passed by if the role may
    (session_replication_role); else the key is made anew as NOT VALID, and so are constraints that the run validated, which
    locks their tables until the end of the transaction. What refers to a row that the run inserted is looked for by `links`, the
    foreign keys of the database where none are given. Raises UndoBlocked, and Refused for a run that was undone.
    """
    _begin(connection, run, by)
    obstacles = Obstacles()
    shapes = {(step.schema, step.table): read_shape(connection, step.schema, step.table) for step in run.steps}
    loosening = Loosening(connection, run, shapes, obstacles)
    links = read_foreign_keys(connection) if links is None else links
    steps: list[Step] = []
    try:
        loosening.begin()
        for step in reversed(run.steps):
            steps += _undone(connection, run, step, shapes[step.schema, step.table], links, obstacles)
        for shape in shapes.values():
            newly_orphaned(connection, run, shape, obstacles, hold=loosening.passes_by)
    except IntegrityError as error:
        obstacles.add(_broken_rule(error))
    if obstacles.total:
        raise UndoBlocked(run.id, obstacles.some, obstacles.total)
    loosened = loosening.finish()
    for step in reversed(run.steps):
        if step.action is Action.enable:  # at last: a key that is made anew has all its triggers
            disable_again(connection, shapes[step.schema, step.table], step)
    return Undone(run.id, tuple(steps), loosened)


def _begin(connection: Connection, run: Run, by: str) -> None:
    pin_text(connection)
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "mark_undone"), {"run": run.id, "by": by})
        if cursor.rowcount == 0:
            raise Refused(f"run {run.id} was undone already", "Nothing was changed.")


def _undone(
    connection: Connection, run: Run, step: Step, shape: Shape, links: Sequence[ForeignKey], obstacles: Obstacles
) -> Iterator[Step]:
    ways: dict[Action, Callable[[], int]] = {
        Action.insert: partial(delete_inserted, connection, run.id, step, shape, links, obstacles),
        Action.update: partial(restore_updated, connection, run.id, step, shape, obstacles),
        Action.delete: partial(insert_deleted, connection, run.id, step, shape, obstacles),
        Action.enable: lambda: 0,
    }
    if step.action in ways:  # what was validated is loosened at the end, and so are triggers
        rows = ways[step.action]()
        yield replace(step, rows=rows)


def _broken_rule(error: IntegrityError) -> Obstacle:
    """A rule that is newer than the run, or a row that is, said without the values that the server would name."""
    told = error.diag
    return Obstacle(
        told.table_name or "?", None,
        f"{told.constraint_name or told.column_name or 'a rule'} does not let the old rows in again",
    )  # fmt: skip
