"""Rows of a set into the database: those that are missing are put in, those that are others are made the set's, the rest stays."""

import contextlib
from collections.abc import Iterator

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import name, statement
from alphanest_db.journal.shape import Shape
from alphanest_db.journal.writing import Chosen
from alphanest_db.seeding.sets.hands import Hand
from alphanest_db.seeding.sets.model import SeedFailed, SeedSet, TableChange, TableRows
from alphanest_db.seeding.sets.staging import Stage, staged
from alphanest_db.seeding.sets.tables import column_of, listed, read_table

_MISSING = "SELECT {columns} FROM {stage} AS s WHERE NOT EXISTS (SELECT FROM {source} AS t WHERE {same})"
_OTHERS = "SELECT t.tableoid AS _table, t.ctid AS _place{columns} FROM {source} AS t JOIN {stage} AS s ON {same} WHERE {differs}"
_TWICE = "SELECT 1 FROM {stage} AS s JOIN {source} AS t ON {same} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
_COUNT = "SELECT count(*) FROM ({}) AS found"
# Types without an equality of their own, and what is compared in their place.
_COMPARED_AS = {"json": "jsonb", "xml": "text", "point": "text", "box": "text", "polygon": "text"}


def put_in(connection: Connection, hand: Hand, seed: SeedSet, *, put_back: bool = True) -> list[TableChange]:
    """What came of it, table by table; inside the connection's transaction. Without `put_back`, rows that are others are left so.

    Raises SeedFailed where the database does not take them.
    """
    with _explained(seed.name):
        return [_put_table(connection, hand, seed, table, put_back=put_back) for table in seed.rows(connection)]


def _put_table(connection: Connection, hand: Hand, seed: SeedSet, wanted: TableRows, *, put_back: bool) -> TableChange:
    shape = read_table(connection, seed.name, wanted.table)
    inserted = updated = rows = 0
    for stage in staged(connection, seed.name, shape, wanted):
        parts = _parts(stage, seed.name)
        _refuse_ambiguous(connection, seed.name, stage, parts)
        missing, others = statement(_MISSING, **_with_columns(stage, parts)), statement(_OTHERS, **parts)
        rows += stage.rows
        different = _count(connection, others) if stage.compared else 0
        reason = f"seed {seed.name}"
        if different and put_back:
            different = hand.update(Chosen(shape, statement("{} FOR UPDATE OF t", others)), stage.compared, reason)
        if _count(connection, missing):
            inserted += hand.insert(shape, stage.columns, missing, reason)
        updated += different
    return TableChange(shape.shown, inserted, updated, rows - inserted - updated)


def _parts(stage: Stage, title: str) -> dict[str, sql.Composable]:
    """What the statements are made of."""
    same = listed((statement("t.{0} = s.{0}", name(column)) for column in stage.key), " AND ")
    differs = listed((_differs(stage.shape, title, column) for column in stage.compared), " OR ")
    return {
        "stage": stage.table, "source": stage.shape.source, "same": same, "differs": differs,
        "key": listed(name("s", column) for column in stage.key),
        "columns": listed((statement(", s.{}", name(column)) for column in stage.compared), ""),
    }  # fmt: skip


def _with_columns(stage: Stage, parts: dict[str, sql.Composable]) -> dict[str, sql.Composable]:
    return {**parts, "columns": listed(name("s", column) for column in stage.columns)}


def _differs(shape: Shape, title: str, column: str) -> sql.Composable:
    cast = _COMPARED_AS.get(column_of(shape, title, column).type)
    said = "t.{0}::{1} IS DISTINCT FROM s.{0}::{1}" if cast else "t.{0} IS DISTINCT FROM s.{0}"
    return statement(said, name(column), sql.SQL(cast or ""))


def _refuse_ambiguous(connection: Connection, title: str, stage: Stage, parts: dict[str, sql.Composable]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement(_TWICE, **parts))
        if cursor.fetchone():
            raise SeedFailed(
                title, f"several rows of {stage.shape.shown} have the same {', '.join(stage.key)}, which should name one",
                "Choose other columns for the key in the header.",
            )  # fmt: skip


def _count(connection: Connection, query: sql.Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement(_COUNT, query))
        [(count,)] = cursor.fetchall()
        return int(count)


@contextlib.contextmanager
def _explained(title: str) -> Iterator[None]:
    """What the server does not take is said with the set's name, without the values."""
    try:
        yield
    except (psycopg2.DataError, psycopg2.IntegrityError) as error:
        where = f" ({error.diag.table_name})" if error.diag.table_name else ""
        raise SeedFailed(title, f"{primary_message(error)}{where}") from error
