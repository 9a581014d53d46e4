"""What a scan reads from: the table's rows, or those alone whose link leads nowhere, with what its rules look up and join."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import assert_never

from psycopg2 import sql

from alphanest_db.checks.rows import Computed, Join, Link, Lookup, Presence, RowRule
from alphanest_db.checks.tables import Table, Tables
from alphanest_db.database.identifiers import name, statement

# As many ids are hashed in memory for sure: PostgreSQL takes 64 bytes for each, of 64 MB. With more it might read all of them again
# for every row, and a join is better.
_MOST_HASHED = 500_000


class Way(Enum):
    """How the rows of a table are come by.

    `rows` reads them all. `gaps` looks into the gaps between the values that a link may have: good where each has many rows.
    `values` compares the values alone, in the order of two indexes: good where PostgreSQL need not look at the rows (VACUUM).
    """

    rows = auto()
    gaps = auto()
    values = auto()


# Indexes are compared in their order; what is found is little, and looked up.
SETTINGS = {Way.values: "SET LOCAL enable_mergejoin = on; SET LOCAL enable_hashjoin = off; "}

# Not every type that can be sorted has a min() and a max(): uuid has none.
_IN_GAPS = """(
WITH hit AS MATERIALIZED (
    SELECT own.low, own.high
    FROM (SELECT r.{referenced} AS low, lead(r.{referenced}) OVER (ORDER BY r.{referenced}) AS high
          FROM {target} AS r WHERE r.{referenced} IS NOT NULL) AS own
    CROSS JOIN LATERAL (
        SELECT FROM {table} AS f WHERE f.{column} > own.low AND f.{column} < own.high ORDER BY f.{column} LIMIT 1
    ) AS one
),
ends AS MATERIALIZED (
    SELECT (SELECT r.{referenced} FROM {target} AS r WHERE r.{referenced} IS NOT NULL ORDER BY r.{referenced} LIMIT 1) AS low,
           (SELECT r.{referenced} FROM {target} AS r WHERE r.{referenced} IS NOT NULL ORDER BY r.{referenced} DESC LIMIT 1) AS high
),
below AS MATERIALIZED (SELECT FROM {table} AS f WHERE f.{column} < (SELECT low FROM ends) ORDER BY f.{column} LIMIT 1),
above AS MATERIALIZED (SELECT FROM {table} AS f WHERE f.{column} > (SELECT high FROM ends) ORDER BY f.{column} LIMIT 1)
SELECT found.* FROM hit CROSS JOIN LATERAL (
    SELECT f.tableoid, f.ctid, f.* FROM {table} AS f WHERE f.{column} > hit.low AND f.{column} < hit.high ORDER BY f.{column}
) AS found
UNION ALL
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f
WHERE (SELECT count(*) FROM below) > 0 AND f.{column} < (SELECT low FROM ends)
UNION ALL
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f
WHERE (SELECT count(*) FROM above) > 0 AND f.{column} > (SELECT high FROM ends)
UNION ALL
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f WHERE f.{column} IS NOT NULL AND (SELECT low FROM ends) IS NULL
) AS t"""

_BY_VALUES = """(
WITH strangers AS MATERIALIZED (
    SELECT DISTINCT f.{column} AS value FROM {table} AS f
    WHERE f.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {target} AS r WHERE r.{referenced} = f.{column})
)
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f WHERE f.{column} IN (SELECT strangers.value FROM strangers)
) AS t"""


_BY_ITSELF = """CROSS JOIN LATERAL (
    SELECT (SELECT true FROM {source} AS r WHERE r.{referenced} = t.{column} LIMIT 1) IS TRUE AS is_there
) AS {alias}"""
_AMONG_ALL = (
    "CROSS JOIN LATERAL (SELECT t.{column} IN (SELECT r.{referenced} FROM {source} AS r) AS is_there) AS {alias}"
)

_FURTHER_BY_JOIN = "(SELECT r.*, {alias}.{referenced} IS NOT NULL AS {is_there} FROM {source} AS r {join})"
_FURTHER_BY_STRANGERS = """(
    SELECT r.*, r.{column} IS NOT NULL AND r.{column} NOT IN (
        SELECT own.{column} FROM {table} AS own
        WHERE own.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {further} AS f WHERE f.{referenced} = own.{column})
    ) AS {is_there}
    FROM {source} AS r
)"""

# LIMIT ALL is a wall to PostgreSQL: without it the expressions would go into each condition, and be computed for each. Unlike
# OFFSET 0, it leaves the table to several processes.
_COMPUTED = "(SELECT t.tableoid, t.ctid, t.*, {expressions} FROM {rows} LIMIT ALL) AS t"


def source(table: Table, rules: Sequence[RowRule], way: Way, tables: Tables) -> sql.Composed:
    """The table as `t`, with what its rules compute, look up and join, each once."""
    further = dict.fromkeys(join for rule in rules for join in rule.joins)
    computed = [part for part in further if isinstance(part, Computed)]
    rows = _rows(table, rules[0].link, way, tables)
    if computed:
        rows = statement(
            _COMPUTED, rows=rows,
            expressions=sql.SQL(", ").join(statement("{} AS {}", sql.SQL(c.expression), name(c.column)) for c in computed),
        )  # fmt: skip
    return sql.SQL(" ").join([rows, *(_joined(part, tables) for part in further if not isinstance(part, Computed))])


def _rows(table: Table, link: Link | None, way: Way, tables: Tables) -> sql.Composed:
    """All rows, or those alone whose link leads nowhere, found without visiting the others."""
    if way is Way.rows:
        return statement("{} AS t", table.source)
    assert link is not None
    return statement(
        _IN_GAPS if way is Way.gaps else _BY_VALUES,
        table=table.source,
        column=name(link.column),
        target=tables[link.target].source,
        referenced=name(link.referenced),
    )


def _joined(join: Lookup | Presence | Join, tables: Tables) -> sql.Composed:
    match join:
        case Lookup():
            return _lookup(join, tables, "t")
        case Presence():
            return _presence(join, tables)
        case Join():
            return statement("LEFT JOIN {} AS {} ON {}", sql.SQL(join.source), name(join.alias), sql.SQL(join.on))
        case _:
            assert_never(join)


def _lookup(lookup: Lookup, tables: Tables, row: str) -> sql.Composed:
    """Never more than one row: where nothing makes the column unique, one of its rows stands for all."""
    source, column = _table(lookup.table, tables), name(lookup.referenced)
    if lookup.table in tables and lookup.referenced not in tables[lookup.table].unique_columns:
        source = statement("(SELECT DISTINCT ON ({0}) * FROM {1} AS r ORDER BY {0})", column, source)
    if lookup.further:
        source = _with_further(source, lookup, lookup.further, tables)
    return statement(
        "LEFT JOIN {source} AS {alias} ON {alias}.{referenced} = {row}.{column}",
        source=source, alias=name(lookup.alias), referenced=column, row=name(row), column=name(lookup.column),
    )  # fmt: skip


def _with_further(source: sql.Composable, lookup: Lookup, further: Lookup, tables: Tables) -> sql.Composed:
    """The looked-up rows, and whether those that they refer to are there.

    Ids that lead nowhere are none or few. Where all of them fit in memory for sure, rows are told by them, and hashed as they lie
    in their table: that takes a tenth less time than to find them as a join has put them (measured).
    """
    parts = {
        "source": source, "table": _table(lookup.table, tables), "column": name(further.column),
        "further": _table(further.table, tables), "referenced": name(further.referenced), "alias": name(further.alias),
        "is_there": name(f"{further.alias}_is_there"),
    }  # fmt: skip
    table = tables.get(lookup.table)
    if table and 0 <= table.rows <= _MOST_HASHED:
        return statement(_FURTHER_BY_STRANGERS, **parts)
    return statement(_FURTHER_BY_JOIN, join=_lookup(further, tables, "r"), **parts)


def _presence(presence: Presence, tables: Tables) -> sql.Composed:
    """An expression where a row can be found by itself, or the ids are few enough to be hashed by the first that asks; else a join.

    PostgreSQL hashes the ids anew for each place that an expression stands in.
    """
    alias, column, referenced = name(presence.alias), name(presence.column), name(presence.referenced)
    parts = {"column": column, "referenced": referenced, "source": _table(presence.table, tables), "alias": alias}
    table = tables.get(presence.table)
    if table and presence.rare and presence.referenced in table.indexed_columns:
        return statement(_BY_ITSELF, **parts)
    if table and 0 <= table.rows <= _MOST_HASHED:
        return statement(_AMONG_ALL, **parts)
    lookup = Lookup(presence.column, presence.table, presence.referenced, named=f"{presence.alias}_row")
    return statement(
        "{lookup} CROSS JOIN LATERAL (SELECT {row}.{referenced} IS NOT NULL AS is_there) AS {alias}",
        lookup=_lookup(lookup, tables, "t"), row=name(lookup.alias), referenced=referenced, alias=alias,
    )  # fmt: skip


def _table(shown: str, tables: Tables) -> sql.Composable:
    return tables[shown].source if shown in tables else name(shown)
