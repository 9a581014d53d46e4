"""Tables in which rows are put aside, as they were, with the run, the reason and the time."""

from dataclasses import dataclass
from zlib import crc32

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import SCHEMA
from alphanest_db.database.identifiers import literal, name, statement
from alphanest_db.journal.model import Action, Run, Step
from alphanest_db.journal.shape import Shape, read_shape, value_of

_LONGEST_NAME_BYTES = 63
_MAKE = """
CREATE TABLE IF NOT EXISTS {quarantine} AS
SELECT t.*, NULL::bigint AS quarantine_run, NULL::text AS quarantine_reason, NULL::timestamptz AS quarantine_time
FROM {source} AS t WITH NO DATA
"""
# From the journal, which holds what really went: a trigger may have kept some.
_FILL = """
INSERT INTO {quarantine} ({columns}, quarantine_run, quarantine_reason, quarantine_time)
SELECT {values}, c.run_id, c.note, pg_catalog.now()
FROM alphanest_admin.journal_changes AS c WHERE c.run_id = {run} AND c.step = {step}
"""
_RETYPE = "ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING {column}::text::{type}"
_TAKE_OUT = "DELETE FROM {} WHERE quarantine_run = {}"


@dataclass(frozen=True)
class Quarantine:
    """The table for the rows of another one."""

    of: Shape

    @property
    def table(self) -> str:
        """Its name: quarantine_trades, or quarantine_<schema>.<table>, shortened where that is too long."""
        full = (
            f"quarantine_{self.of.table}"
            if self.of.schema == "public"
            else f"quarantine_{self.of.schema}.{self.of.table}"
        )
        if len(full.encode()) <= _LONGEST_NAME_BYTES:
            return full
        return f"{full.encode()[: _LONGEST_NAME_BYTES - 9].decode(errors='ignore')}_{crc32(full.encode()):08x}"

    @property
    def quoted(self) -> sql.Identifier:
        """Its name for a statement."""
        return name(SCHEMA, self.table)


def put_aside(connection: Connection, run: Run) -> None:
    """Copy the rows that the run deleted into their quarantine, with what the journal says of each."""
    for step in run.steps:
        if step.action is Action.delete:
            _put_aside(connection, run, step)


def _put_aside(connection: Connection, run: Run, step: Step) -> None:
    shape = read_shape(connection, step.schema, step.table)
    quarantine = Quarantine(shape)
    values = (value_of(sql.SQL("c.before"), column.name, column.type) for column in shape.columns)
    with connection.cursor() as cursor:
        cursor.execute(statement(_MAKE, quarantine=quarantine.quoted, source=shape.source))
        _follow(connection, quarantine)
        cursor.execute(
            statement(
                _FILL, quarantine=quarantine.quoted, run=literal(run.id), step=literal(step.number),
                columns=sql.SQL(", ").join(name(column.name) for column in shape.columns),
                values=sql.SQL(", ").join(values),
            )
        )  # fmt: skip


def take_out(connection: Connection, run: Run) -> None:
    """Take the rows of a run that was undone out again; a table that is empty then goes."""
    for step in run.steps:
        if step.action is Action.delete:
            _take_out(connection, run, Quarantine(read_shape(connection, step.schema, step.table)))


def _take_out(connection: Connection, run: Run, quarantine: Quarantine) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", (quarantine.quoted.as_string(connection),))
        if cursor.fetchone() != (True,):
            return
        cursor.execute(statement(_TAKE_OUT, quarantine.quoted, literal(run.id)))
        cursor.execute(statement("SELECT EXISTS (SELECT FROM {})", quarantine.quoted))
        if cursor.fetchone() == (False,):
            cursor.execute(statement("DROP TABLE {}", quarantine.quoted))


def _follow(connection: Connection, quarantine: Quarantine) -> None:
    """Columns that the table got since, or that have another type now."""
    there = {column.name: column.type for column in read_shape(connection, SCHEMA, quarantine.table).columns}
    for column in quarantine.of.columns:
        if there.get(column.name) != column.type:
            change = _RETYPE if column.name in there else "ALTER TABLE {table} ADD COLUMN {column} {type}"
            parts = {"table": quarantine.quoted, "column": name(column.name), "type": sql.SQL(column.type)}
            with connection.cursor() as cursor:
                cursor.execute(statement(change, **parts))
