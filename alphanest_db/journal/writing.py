"""Changing rows and writing down what was changed, in one statement: no row comes to us, however many there are.

Rows are chosen by a query that yields where they are, `_table` (tableoid) and `_place` (ctid), and may yield a `_note` for each.
A row that somebody else changed after the query saw it is left alone; who wants it waited for, chooses with FOR UPDATE.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import ensure_schema
from alphanest_db.database.identifiers import literal, load_sql, name, statement
from alphanest_db.errors import Refused
from alphanest_db.journal.model import Action
from alphanest_db.journal.shape import Shape, pin_text

_WRITE = """
INSERT INTO alphanest_admin.journal_changes (run_id, step, number, key, before, after, violates, note)
SELECT {run}, {step}, row_number() OVER (), key, before, after, violates, note FROM ({rows}) AS changed
"""
_INSERT = """
WITH made AS (
    INSERT INTO {table} AS t ({columns}) OVERRIDING SYSTEM VALUE {query} {skipping} RETURNING {key} AS key, {row} AS after
)
"""
_OLD = """
SELECT c.*, {key} AS _key, {row} AS _before, {violated} AS _violates
FROM {source} AS t JOIN ({chosen}) AS c ON t.tableoid = c._table AND t.ctid = c._place
"""
_UPDATE = """
WITH old AS MATERIALIZED ({old}),
new AS (
    UPDATE {source} AS t SET {assignments} FROM old AS c WHERE t.tableoid = c._table AND t.ctid = c._place
    RETURNING {key} AS key, c._before AS before, {row} AS after, c._violates AS violates, {note} AS note
)
"""
_ONLY_CHANGED = """
SELECT key,
       (SELECT pg_catalog.jsonb_object_agg(b.key, b.value) FROM pg_catalog.jsonb_each(before) AS b
        WHERE after -> b.key IS DISTINCT FROM b.value) AS before,
       (SELECT pg_catalog.jsonb_object_agg(a.key, a.value) FROM pg_catalog.jsonb_each(after) AS a
        WHERE before -> a.key IS DISTINCT FROM a.value) AS after,
       violates, note
FROM new WHERE before <> after
"""
_DELETE = """
{old} AS MATERIALIZED ({query}),
{gone} AS (
    DELETE FROM {source} AS t USING {old} AS c WHERE t.tableoid = c._table AND t.ctid = c._place
    RETURNING c._key AS key, c._before AS before, c._violates AS violates, {note} AS note
)
"""


@dataclass(frozen=True)
class Chosen:
    """Rows of a table, by a query for where they are; `with_note` where the query says for each why."""

    shape: Shape
    query: sql.Composable
    with_note: bool = False


@dataclass(frozen=True)
class Recording:
    """A run that is being made: what it changes by these functions is written down in the same transaction."""

    connection: Connection
    id: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def insert(
        self, shape: Shape, columns: Sequence[str], query: sql.Composable, reason: str, *, skip_taken: bool = False
    ) -> int:
        """Put in what the query yields; how many rows. With `skip_taken`, those whose unique values are taken are left out."""
        self._require_key(shape)
        made = statement(
            _INSERT, table=shape.quoted, columns=_names(columns), query=query, key=shape.row_key(), row=shape.row(),
            skipping=sql.SQL("ON CONFLICT DO NOTHING" if skip_taken else ""),
        )  # fmt: skip
        rows = sql.SQL("SELECT key, NULL::jsonb AS before, after, NULL::text[] AS violates, NULL AS note FROM made")
        return self._change(Action.insert, shape, reason, made, rows)

    def inserted(self, shape: Shape, condition: sql.Composable, reason: str) -> int:
        """Write down rows `t` that the run has put in already, by COPY for example; how many."""
        self._require_key(shape)
        rows = statement(
            "SELECT {} AS key, NULL::jsonb AS before, {} AS after, NULL::text[] AS violates, NULL AS note FROM {} AS t WHERE {}",
            shape.row_key(), shape.row(), shape.source, condition,
        )  # fmt: skip
        return self._change(Action.insert, shape, reason, sql.SQL(""), rows)

    def update(self, chosen: Chosen, columns: Sequence[str], reason: str) -> int:
        """Give the chosen rows the query's values of these columns; how many became others than they were."""
        shape = chosen.shape
        self._require_key(shape)
        made = statement(
            _UPDATE, old=_old(chosen), source=shape.source, key=shape.row_key(), row=shape.row(), note=_note(chosen),
            assignments=sql.SQL(", ").join(statement("{0} = c.{0}", name(column)) for column in columns),
        )  # fmt: skip
        return self._change(Action.update, shape, reason, made, sql.SQL(_ONLY_CHANGED))

    def delete(self, chosen: Sequence[Chosen], reason: str) -> int:
        """Delete the chosen rows of several tables at once, so that they may refer to each other; how many.

        Tables are named with those that refer to others first, so that undoing puts them back in the right order.
        """
        parts = [
            statement(
                _DELETE, old=name(f"old{number}"), gone=name(f"gone{number}"), query=_old(of_table),
                source=of_table.shape.source, note=_note(of_table),
            )
            for number, of_table in enumerate(chosen)
        ]  # fmt: skip
        steps = [next(self._numbers) for _ in chosen]
        written = [
            statement(
                "SELECT {}::integer AS step, key, before, NULL::jsonb AS after, violates, note FROM {}",
                literal(step), name(f"gone{number}"),
            )
            for number, step in enumerate(steps)
        ]  # fmt: skip
        with self.connection.cursor() as cursor:
            cursor.execute(
                statement(
                    "WITH {} {}", sql.SQL(",").join(parts),
                    statement(_WRITE, run=literal(self.id), step=sql.SQL("step"), rows=_union(written)),
                )
            )  # fmt: skip
            total = cursor.rowcount
        for step, of_table in zip(steps, chosen, strict=True):
            self._write_step(step, Action.delete, of_table.shape, reason, self._count(step))
        return total

    def note_step(self, action: Action, shape: Shape, reason: str, details: Mapping[str, Any]) -> None:
        """Write down what was done to something else than rows."""
        self._write_step(next(self._numbers), action, shape, reason, 0, details)

    def _change(self, action: Action, shape: Shape, reason: str, made: sql.Composable, rows: sql.Composable) -> int:
        step = next(self._numbers)
        write = statement(_WRITE, run=literal(self.id), step=literal(step), rows=rows)
        with self.connection.cursor() as cursor:
            cursor.execute(statement("{} {}", made, write))
            count = cursor.rowcount
        self._write_step(step, action, shape, reason, count)
        return count

    def _write_step(
        self, number: int, action: Action, shape: Shape, reason: str, rows: int,
        details: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        if not rows and details is None:
            return
        told = {"valid": shape.valid_constraints, **(details or {})}
        values = (self.id, number, action, reason, shape.schema, shape.table, rows, json.dumps(told))
        with self.connection.cursor() as cursor:
            cursor.execute(load_sql(__package__, "write_step"), values)

    def _count(self, step: int) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(load_sql(__package__, "count_changes"), (self.id, step))
            [(count,)] = cursor.fetchall()
            return int(count)

    def _require_key(self, shape: Shape) -> None:
        if not shape.key:
            raise Refused(
                f"{shape.shown} has no primary key, so that what is changed in it could not be found again",
                "Give it one: `alphanest check explain tables-without-primary-key`.",
            )


def ensure_journal(connection: Connection) -> None:
    """Make the journal's tables where they are missing.

    In a transaction they are gone if that is rolled back. Raises psycopg2's InsufficientPrivilege where the role may not.
    """
    ensure_schema(connection)
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "tables"))


def begin_run(connection: Connection, kind: str, details: Mapping[str, Any], *, by: str) -> Recording:
    """A new run in this transaction, which makes it stay or go as a whole; the journal's tables must be there.

    `kind` says which command undoes it, `by` who is at work (`user@host`), `details` what was asked for.
    Pins what the text of values depends on, for the rest of the transaction.
    """
    pin_text(connection)
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "begin_run"), (kind, json.dumps(details), by))
        [(run,)] = cursor.fetchall()
    return Recording(connection, run)


def _old(chosen: Chosen) -> sql.Composable:
    shape = chosen.shape
    return statement(
        _OLD, key=shape.row_key(), row=shape.row(), violated=shape.violated(), source=shape.source, chosen=chosen.query
    )


def _note(chosen: Chosen) -> sql.Composable:
    return sql.SQL("c._note" if chosen.with_note else "NULL::text")


def _names(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(name(column) for column in columns)


def _union(queries: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL(" UNION ALL ").join(queries)
