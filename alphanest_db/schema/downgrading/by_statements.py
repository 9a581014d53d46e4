"""What a downgrade would take away, as far as its statements say it: where it cannot be tried on a copy of the schema."""

import re
from pathlib import Path

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import name, statement
from alphanest_db.schema.alembic_bridge import script
from alphanest_db.schema.downgrading.model import Loss, LossKind, UnclearStatement
from alphanest_db.schema.revisions import RevisionGraph

_NAME = r'((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)'
_DROP_TABLE = re.compile(rf"\bDROP TABLE (?:IF EXISTS )?{_NAME}", re.I)
_DROP_COLUMN = re.compile(
    rf"\bALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_NAME}\s+DROP COLUMN (?:IF EXISTS )?(\"[^\"]+\"|\w+)", re.I
)


_COMMENT = re.compile(r"^--.*$", re.M)
# Statements that take rows away, or rewrite them, in a way that is not counted; Alembic's own table is no loss.
_UNCLEAR = re.compile(
    r"^\s*(TRUNCATE|DELETE\s+FROM|UPDATE|DO|WITH|SELECT|DROP\s+(SCHEMA|MATERIALIZED|TYPE|DOMAIN|EXTENSION)|DROP\s+TABLE[^;]*,"
    r"|ALTER\s+TABLE[^;]*\bDROP\s+(?!COLUMN|CONSTRAINT|DEFAULT|NOT|EXPRESSION|IDENTITY)|ALTER\s+TABLE[^;]*,[^;]*DROP\s+COLUMN)",
    re.I,
)


def read_statements(connection: Connection, sql: str) -> tuple[tuple[Loss, ...], tuple[UnclearStatement, ...]]:
    """What the SQL of a downgrade would take away, counted in the database, and what cannot be counted."""
    return tuple(_losses(connection, sql)), tuple(UnclearStatement(text, ()) for text in _unclear(sql))


def statements_of(folder: Path, graph: RevisionGraph, revisions: tuple[str, ...]) -> str:
    """The SQL of taking the revisions back."""
    parents = {item.id: item.down_revisions for item in graph.revisions}
    return "".join(script(folder, f"{item}:{(parents[item] or ('base',))[0]}") for item in revisions)


def _losses(connection: Connection, sql: str) -> list[Loss]:
    found = [(table, None) for table in _DROP_TABLE.findall(sql) if _parts(table)[-1] != "alembic_version"]
    found += [(table, column) for table, column in _DROP_COLUMN.findall(sql)]
    losses = [
        _loss(".".join(_parts(table)), _parts(column)[0] if column else None, _count(connection, table, column))
        for table, column in found
    ]
    return [loss for loss in losses if loss.rows or loss.values]


def _loss(table: str, column: str | None, count: int) -> Loss:
    values, rows = (count, None) if column else (None, count)
    return Loss(table, column, LossKind.dropped, values, rows)


def _unclear(sql: str) -> list[str]:
    statements = [" ".join(text.split()) for text in _COMMENT.sub("", sql).split(";\n")]
    return [text for text in statements if _UNCLEAR.match(text) and "alembic_version" not in text]


def _count(connection: Connection, table: str, column: str | None) -> int:
    counted = statement("count({})", name(_parts(column)[0])) if column else statement("count(*)")
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement("SELECT {} FROM {}", counted, name(*_parts(table))))
        except (errors.UndefinedTable, errors.UndefinedColumn):
            return 0
        row = cursor.fetchone()
        return row[0] if row else 0


def _parts(text: str) -> list[str]:
    return [quoted or plain.lower() for quoted, plain in re.findall(r'"([^"]+)"|(\w+)', text)]
