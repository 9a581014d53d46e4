"""Foreign keys, and the rows that violate them.

PostgreSQL calls a key valid that was valid once. Rows that came or went while its triggers slept (session_replication_role,
DISABLE TRIGGER) are seen by nobody but an anti-join of the two tables.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import literal, load_sql, name, statement

SAMPLES = 5


@dataclass(frozen=True)
class KeyColumn:
    """A column of a foreign key, the one it refers to, and how the server compares the two."""

    name: str
    referenced: str
    operator: tuple[str, str]
    collation: tuple[str, str] | None


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key as declared; `is_guarded` is False where its triggers are disabled, `is_temporal` where it ends in a PERIOD."""

    schema: str
    table: str
    name: str
    referenced_schema: str
    referenced_table: str
    match: str
    on_delete: str
    is_valid: bool
    is_enforced: bool
    is_guarded: bool
    is_partitioned: bool = field(repr=False)
    references_partitioned: bool = field(repr=False)
    is_temporal: bool = field(repr=False)
    definition: str = field(repr=False)
    columns: tuple[KeyColumn, ...] = field(repr=False)
    primary_key: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Violation:
    """Rows whose foreign key leads nowhere: how many, and some of them by primary key and key columns."""

    schema: str
    table: str
    constraint: str
    referenced: str
    rows: int
    samples: tuple[dict[str, str | None], ...]


def read_foreign_keys(connection: Connection) -> list[ForeignKey]:
    """All foreign keys of the database, by table; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "foreign_keys"))
        return [_foreign_key(*row) for row in cursor]


def find_violations(
    connection: Connection, keys: Iterable[ForeignKey], *, samples: int = SAMPLES
) -> Iterator[Violation]:
    """The keys that rows violate, whatever PostgreSQL says of them; reads both tables of each.

    Turns row-level security off for this session, so that PostgreSQL refuses (InsufficientPrivilege) rather than hide rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET row_security = off")
        for key in keys:
            cursor.execute(statement("SELECT count(*) {}", violating_rows(key)))
            row = cursor.fetchone()
            if row and row[0]:
                yield _violation(connection, key, row[0], samples)


def violating_rows(key: ForeignKey) -> sql.Composed:
    """`FROM … AS f WHERE …` that selects the rows of the key's table which refer to nothing."""
    return statement("FROM {} AS f WHERE {}", rows_of(key), violation(key, "f"))


def rows_of(key: ForeignKey) -> sql.Composable:
    """The table whose rows the key is about: with all its partitions, without what inherits from it."""
    own = name(key.schema, key.table)
    return own if key.is_partitioned else statement("ONLY {}", own)


def referenced_rows(key: ForeignKey) -> sql.Composable:
    """The table in which the key looks."""
    referenced = name(key.referenced_schema, key.referenced_table)
    return referenced if key.references_partitioned else statement("ONLY {}", referenced)


def violation(key: ForeignKey, row: str) -> sql.Composed:
    """The condition that `row` (an alias) of the key's table refers to nothing."""
    own = name(row)
    columns = key.columns[:-1] if key.is_temporal else key.columns
    parts: dict[str, sql.Composable] = {
        "referenced": referenced_rows(key),
        "equal": _joined(" AND ", (equality(column, own) for column in columns)),
        "all_there": _joined(" AND ", (_is_there(column, own) for column in key.columns)),
        "any_there": _joined(" OR ", (_is_there(column, own) for column in key.columns)),
    }
    if key.is_temporal:
        return _uncovered_period(key, own, parts)
    there = "({any_there}) AND NOT ({all_there} AND" if key.match == "full" else "{all_there} AND NOT ("
    return statement(f"{there} EXISTS (SELECT FROM {{referenced}} AS r WHERE {{equal}}))", **parts)


def _uncovered_period(key: ForeignKey, own: sql.Composable, parts: dict[str, sql.Composable]) -> sql.Composed:
    """As RI_FKey_check does for PERIOD: the referenced periods together must cover the own one (PostgreSQL 18)."""
    period = key.columns[-1]
    return statement(
        "{all_there} AND NOT EXISTS (SELECT FROM {referenced} AS r WHERE {equal}"
        " AND {own}.{period} && r.{other} HAVING {own}.{period} <@ pg_catalog.range_agg(r.{other}))",
        own=own, period=name(period.name), other=name(period.referenced), **parts,
    )  # fmt: skip


def equality(column: KeyColumn, row: sql.Composable) -> sql.Composed:
    """The condition that `r`, a row of the referenced table, is the one that `row` means in that column."""
    schema, operator = column.operator
    collate = statement(" COLLATE {}", name(*column.collation)) if column.collation else sql.SQL("")
    return statement(
        "r.{referenced} OPERATOR({schema}.{operator}) {row}.{own}{collate}", referenced=name(column.referenced),
        schema=name(schema), operator=sql.SQL(operator), row=row, own=name(column.name), collate=collate,
    )  # fmt: skip


def _is_there(column: KeyColumn, row: sql.Composable) -> sql.Composed:
    return statement("{}.{} IS NOT NULL", row, name(column.name))


def _joined(separator: str, parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(separator).join(parts)


def _violation(connection: Connection, key: ForeignKey, rows: int, samples: int) -> Violation:
    shown = list(dict.fromkeys((*key.primary_key, *(column.name for column in key.columns))))
    columns = sql.SQL(", ").join(statement("f.{}::text", name(column)) for column in shown)
    with connection.cursor() as cursor:
        cursor.execute(statement("SELECT {} {} LIMIT {}", columns, violating_rows(key), literal(samples)))
        found = tuple(dict(zip(shown, row, strict=True)) for row in cursor)
    return Violation(key.schema, key.table, key.name, f"{key.referenced_schema}.{key.referenced_table}", rows, found)


def _foreign_key(*row: Any) -> ForeignKey:  # Any: of the types that the query names
    *facts, columns, primary_key = row
    return ForeignKey(*(*facts, tuple(_key_column(*column) for column in columns), tuple(primary_key or ())))


def _key_column(
    own: str, referenced: str, operator_schema: str, operator: str, collation_schema: str | None, collation: str | None
) -> KeyColumn:
    collated = (collation_schema, collation) if collation_schema and collation else None
    return KeyColumn(own, referenced, (operator_schema, operator), collated)
