"""Runs of the journal on a database of its own, and what all tables hold."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import sql

from alphanest_db.database.connect import transaction
from alphanest_db.database.fingerprints import list_tables, read_fingerprints
from alphanest_db.database.identifiers import literal, statement
from alphanest_db.database.target import Target
from alphanest_db.journal.model import Run
from alphanest_db.journal.reading import get_run
from alphanest_db.journal.shape import Shape, read_shape
from alphanest_db.journal.undo import Undone, undo_run
from alphanest_db.journal.writing import Chosen, Recording, begin_run, ensure_journal

BY = "anna@laptop"
KIND = "test"

Contents = dict[str, tuple[int, str | None]]


def contents(target: Target) -> Contents:
    """Rows and fingerprint of every table but those of alphanest itself."""
    with transaction(target) as connection:
        found = read_fingerprints([connection], list_tables(connection))
    return {f"{t.schema}.{t.table}": (t.rows, t.fingerprint) for t in found if t.schema != "alphanest_admin"}


@contextmanager
def recorded(target: Target) -> Iterator[Recording]:
    """A run that is committed at the end."""
    with transaction(target) as connection:
        ensure_journal(connection)
        yield begin_run(connection, KIND, {"asked": "for"}, by=BY)


def shape_of(recording: Recording, table: str, schema: str = "public") -> Shape:
    """The table as the journal needs it."""
    return read_shape(recording.connection, schema, table)


def chosen(shape: Shape, condition: str, *values: tuple[str, str]) -> Chosen:
    """The rows `t` that meet the condition, with new values as SQL."""
    columns = sql.SQL("".join(f", {value} AS {column}" for column, value in values))
    text = "SELECT t.tableoid AS _table, t.ctid AS _place {} FROM {} AS t WHERE {} FOR UPDATE"
    return Chosen(shape, statement(text, columns, shape.source, sql.SQL(condition)))


def updated(recording: Recording, table: str, condition: str, column: str, value: str) -> int:
    """How many rows got the value (an SQL expression)."""
    return recording.update(chosen(shape_of(recording, table), condition, (column, value)), [column], "test")


def deleted(recording: Recording, condition: str, *tables: str) -> int:
    """How many rows of the tables are gone."""
    return recording.delete([chosen(shape_of(recording, table), condition) for table in tables], "test")


def inserted(recording: Recording, table: str, **values: object) -> int:
    """One row put in."""
    query = statement("SELECT {}", sql.SQL(", ").join(literal(value) for value in values.values()))
    return recording.insert(shape_of(recording, table), list(values), query, "test")


def the_run(target: Target, number: int) -> Run:
    """The run as the journal has it."""
    with transaction(target) as connection:
        return get_run(connection, number, KIND)


def undone(target: Target, number: int) -> Undone:
    """The run taken back."""
    with transaction(target) as connection:
        return undo_run(connection, get_run(connection, number, KIND), by=BY)
