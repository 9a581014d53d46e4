"""Constraints that a run makes hold: validated, and enforced again where their triggers were switched off."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.journal.model import Action, Step
from alphanest_db.journal.shape import Shape
from alphanest_db.journal.writing import Recording

_ON = ("O", "A")
_SWITCHES = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}

# Schema, table and function of a trigger, and how it is switched, if it is not as it was made.
Switch = Sequence[str]


@dataclass(frozen=True)
class _Guard:
    """A trigger of a foreign key; its name has a number in it that a restore changes, its function stays."""

    schema: str
    table: str
    trigger: str
    function: str
    enabled: str


def validate(recording: Recording, shape: Shape, constraint: str, reason: str) -> bool:
    """Let PostgreSQL look at all rows and call the constraint valid; False where some violate it, and nothing is changed.

    Reads the table under a lock that lets others read and write it.
    """
    said = statement("ALTER TABLE {} VALIDATE CONSTRAINT {}", shape.quoted, name(constraint))
    with contextlib.suppress(psycopg2.IntegrityError), savepoint(recording.connection):
        _execute(recording.connection, said)
        recording.note_step(Action.validate, shape, reason, {"constraint": constraint})
        return True
    return False


def enable(recording: Recording, shape: Shape, constraint: str, reason: str) -> bool:
    """Switch on the triggers of a foreign key; False where the role may not, which takes a superuser.

    Nobody can write to the two tables until the transaction ends.
    """
    off = [guard for guard in _guards(recording.connection, shape, constraint) if guard.enabled not in _ON]
    with contextlib.suppress(errors.InsufficientPrivilege), savepoint(recording.connection):
        for guard in off:
            _switch(recording.connection, guard, "ENABLE")
        triggers = [[guard.schema, guard.table, guard.function, guard.enabled] for guard in off]
        recording.note_step(Action.enable, shape, reason, {"constraint": constraint, "triggers": triggers})
        return True
    return False


def disable_again(connection: Connection, shape: Shape, step: Step) -> None:
    """Switch the triggers back to how `enable` found them."""
    switch_triggers(connection, shape, step.details["constraint"], step.details["triggers"])


def read_switches(connection: Connection, shape: Shape, constraint: str) -> list[Switch]:
    """How the triggers of a foreign key are switched that are not as they were made; reads the catalog only."""
    return [
        (guard.schema, guard.table, guard.function, guard.enabled)
        for guard in _guards(connection, shape, constraint)
        if guard.enabled in _SWITCHES
    ]


def switch_triggers(connection: Connection, shape: Shape, constraint: str, switches: Iterable[Switch]) -> None:
    """Switch the triggers of a foreign key as they were; raises psycopg2's InsufficientPrivilege where the role may not."""
    were = {(schema, table, function): was for schema, table, function, was in switches}
    for guard in _guards(connection, shape, constraint):
        if was := were.get((guard.schema, guard.table, guard.function)):
            _switch(connection, guard, _SWITCHES[was])


@contextlib.contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """What an error leaves of the transaction is what was there before."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT alphanest_attempt")
        try:
            yield
        except psycopg2.Error:
            if not connection.closed:
                cursor.execute("ROLLBACK TO SAVEPOINT alphanest_attempt")
            raise
        cursor.execute("RELEASE SAVEPOINT alphanest_attempt")


def _guards(connection: Connection, shape: Shape, constraint: str) -> list[_Guard]:
    with connection.cursor() as cursor:
        names = {"schema": shape.schema, "table": shape.table, "name": constraint}
        cursor.execute(load_sql(__package__, "guards"), names)
        return [_Guard(*row) for row in cursor]


def _switch(connection: Connection, guard: _Guard, how: str) -> None:
    table, trigger = name(guard.schema, guard.table), name(guard.trigger)
    _execute(connection, statement("ALTER TABLE {} {} TRIGGER {}", table, sql.SQL(how), trigger))


def _execute(connection: Connection, said: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(said)
