"""Constraints that the old rows violate, and triggers that would change them, out of the way while those come back.

A foreign key is passed by where the role may set session_replication_role: then it stays as it is, valid by PostgreSQL's word and
broken, just as it was. Whoever may not, and every CHECK constraint, which nothing passes by, needs the constraint dropped and
made again as NOT VALID: it guards new rows from that moment on, and says of the old ones what is true.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import literal, load_sql, name, statement
from alphanest_db.journal.enforcement import Switch, read_switches, savepoint, switch_triggers
from alphanest_db.journal.model import Action, Obstacle, Run
from alphanest_db.journal.obstacles import Obstacles
from alphanest_db.journal.shape import Shape

_NOT_VALID = " NOT VALID"
_PARTITIONED_SINCE = 180000

Place = tuple[str, str]


@dataclass(frozen=True)
class Loosened:
    """A constraint that was made again as NOT VALID; `was_valid` before the run by PostgreSQL's word."""

    table: str
    constraint: str
    was_valid: bool


@dataclass(frozen=True)
class _Constraint:
    """A constraint of the table as it is now."""

    shape: Shape
    name: str
    is_foreign_key: bool
    is_valid: bool

    @property
    def place(self) -> tuple[str, str, str]:
        return self.shape.schema, self.shape.table, self.name


class Loosening:
    """The constraints of one undo: `begin` makes way for the rows, `finish` puts up again what stood in theirs.

    `passes_by` is true from `begin` on where no foreign key is looked after by the server.
    """

    def __init__(self, connection: Connection, run: Run, shapes: Mapping[Place, Shape], obstacles: Obstacles) -> None:
        self._connection = connection
        self._obstacles = obstacles
        self._tables = list(shapes)
        self._now = {found.place: found for shape in shapes.values() for found in _constraints(shape)}
        self._was_valid = self._read_violated(run)
        self._validated = {
            (step.schema, step.table, str(step.details["constraint"]))
            for step in run.steps if step.action is Action.validate
        }  # fmt: skip
        self._made_of: dict[tuple[str, str, str], sql.Composable] = {}
        self._switches: dict[tuple[str, str, str], list[Switch]] = {}
        self.passes_by = False

    def begin(self) -> None:
        """Let the rows of before in. What was validated since by others is an obstacle."""
        violated = [self._now[place] for place in self._was_valid if place in self._now]
        for constraint in violated:
            if (
                constraint.is_valid
                and not self._was_valid[constraint.place]
                and constraint.place not in self._validated
            ):
                self._obstacles.add(Obstacle(constraint.shape.shown, None, f"{constraint.name} was validated since"))
        is_needed = any(constraint.is_foreign_key for constraint in violated) or self._has_triggers()
        self.passes_by = is_needed and self._pass_by_triggers()
        for constraint in violated:
            if not (constraint.is_foreign_key and self.passes_by):
                self._drop(constraint)

    def finish(self) -> tuple[Loosened, ...]:
        """Put the constraints up again, NOT VALID, those that the run validated too; with their triggers as they were switched."""
        for place in sorted(self._validated - self._made_of.keys()):
            if place in self._now:
                self._drop(self._now[place])
        for place, made in self._made_of.items():
            self._execute(made)
            switch_triggers(self._connection, self._now[place].shape, place[2], self._switches[place])
        return tuple(
            Loosened(self._now[place].shape.shown, place[2], self._was_valid.get(place, False))
            for place in self._made_of
        )

    def _read_violated(self, run: Run) -> dict[tuple[str, str, str], bool]:
        with self._connection.cursor() as cursor:
            cursor.execute(load_sql(__package__, "violated"), {"run": run.id})
            return {(schema, table, constraint): was_valid for schema, table, constraint, was_valid in cursor}

    def _has_triggers(self) -> bool:
        """True where a trigger of the application might change what is put back."""
        with self._connection.cursor() as cursor:
            for schema, table in self._tables:
                cursor.execute(load_sql(__package__, "triggers"), {"schema": schema, "table": table})
                if cursor.fetchone() == (True,):
                    return True
        return False

    def _pass_by_triggers(self) -> bool:
        """For the rest of the transaction; True where the role may."""
        try:
            with savepoint(self._connection):
                self._execute(sql.SQL("SET LOCAL session_replication_role = replica"))
        except errors.InsufficientPrivilege:
            return False
        return True

    def _drop(self, constraint: _Constraint) -> None:
        shape = constraint.shape
        if constraint.is_foreign_key and shape.is_partitioned and self._connection.server_version < _PARTITIONED_SINCE:
            said = f"{constraint.name} cannot be NOT VALID on a partitioned table: a superuser can pass it by"
            self._obstacles.add(Obstacle(shape.shown, None, said))
            return
        self._made_of[constraint.place] = self._statement(constraint)
        self._switches[constraint.place] = read_switches(self._connection, shape, constraint.name)
        self._execute(statement("ALTER TABLE {} DROP CONSTRAINT {}", shape.quoted, name(constraint.name)))

    def _statement(self, constraint: _Constraint) -> sql.Composable:
        """How to make it anew, with its comment."""
        schema, table, constraint_name = constraint.place
        with self._connection.cursor() as cursor:
            names = {"schema": schema, "table": table, "name": constraint_name}
            cursor.execute(load_sql(__package__, "constraint"), names)
            [(definition, comment)] = cursor.fetchall()
        definition = definition.removesuffix(_NOT_VALID) + _NOT_VALID
        parts = {"table": constraint.shape.quoted, "name": name(constraint_name), "comment": literal(comment)}
        make = statement(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {definition}", definition=sql.SQL(definition), **parts
        )
        return make + statement("; COMMENT ON CONSTRAINT {name} ON {table} IS {comment}", **parts) if comment else make

    def _execute(self, said: sql.Composable) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(said)


def _constraints(shape: Shape) -> Iterator[_Constraint]:
    """Those that keep rows out; NOT ENFORCED ones do not."""
    for check in shape.checks:
        yield _Constraint(shape, check.name, is_foreign_key=False, is_valid=check.is_valid)
    for key in (key for key in shape.foreign_keys if key.is_enforced):
        yield _Constraint(shape, key.name, is_foreign_key=True, is_valid=key.is_valid)
