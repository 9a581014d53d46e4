"""What the models say of the database, for checks to compare."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Finding, Look, Skip

_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_LISTED = re.compile(r"^(\w+) IN \((.*)\)$")


@dataclass(frozen=True)
class Expected:
    """A column as the models have it; `length` and `values` are None where they say nothing of them."""

    table: str
    column: str
    nullable: bool
    is_unique: bool
    length: int | None
    values: frozenset[str] | None


@dataclass(frozen=True)
class Actual:
    """The column as the database has it; `lists` are the values that each of its CHECK constraints names, or an enum's labels."""

    nullable: bool
    length: int | None
    type: str
    is_enum: bool
    lists: tuple[frozenset[str], ...]


Comparison = Callable[[Ground, Expected, Actual], Iterator[Finding]]


def column_look(compare: Comparison) -> Look:
    """A look at every column that models and database both have."""

    def look(ground: Ground) -> Iterator[Finding]:
        actual = read_columns(ground)
        both = [column for column in expected_columns() if (column.table, column.column) in actual]
        if not both:
            raise Skip("the platform's tables are not in this database")
        for column in both:
            yield from compare(ground, column, actual[column.table, column.column])

    return look


def expected_columns() -> list[Expected]:
    """All columns of the models, and what they say of each."""
    from alphanest_db.models.metadata import metadata  # SQLAlchemy takes longer to load than most checks take

    return [
        Expected(
            table.name, column.name, bool(column.nullable), _is_unique(table, column.name),
            getattr(column.type, "length", None), _values(table, column.name),
        )
        for table in metadata.sorted_tables
        for column in table.columns
    ]  # fmt: skip


def read_columns(ground: Ground) -> dict[tuple[str, str], Actual]:
    """The columns of all tables, by table and name; reads the catalog only."""
    return {
        (row.table_shown, row.column_name): Actual(row.nullable, row.length, row.type, row.is_enum, tuple(_lists(row)))
        for row in ask(ground, "columns")
    }


def literals(definition: str) -> frozenset[str]:
    """The texts that a condition names.

    >>> sorted(literals("CHECK (status = ANY (ARRAY['a'::text, 'it''s'::text]))"))
    ['a', "it's"]
    """
    return frozenset(text.replace("''", "'") for text in _QUOTED.findall(definition))


def _lists(row: Any) -> Iterator[frozenset[str]]:  # Any: a named tuple of what the query names
    if row.labels:
        yield frozenset(row.labels)
    for definition in row.conditions:
        yield literals(definition)


def _is_unique(table: Any, column: str) -> bool:  # Any: SQLAlchemy's types would have to be loaded
    indexed = (index.columns.keys() for index in table.indexes if index.unique)
    constrained = (
        constraint.columns.keys() for constraint in table.constraints if type(constraint).__name__ == "UniqueConstraint"
    )
    return [column] in [*indexed, *constrained]


def _values(table: Any, column: str) -> frozenset[str] | None:  # Any: as above
    for constraint in table.constraints:
        listed = _LISTED.match(str(getattr(constraint, "sqltext", "")))
        if listed and listed[1] == column:
            return literals(listed[2])
    return None
