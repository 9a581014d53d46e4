"""What the models say of the database, for checks to compare."""

import csv
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Finding, Look, Skip

_QUOTED = re.compile(r"'((?:[^']|'')*)'")


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


@cache
def expected_columns() -> tuple[Expected, ...]:
    """All columns of the models, and what they say of each: as it stands in a list, for the models themselves load SQLAlchemy."""
    text = (pkgutil.get_data(__name__, "expected_columns.csv") or b"").decode("utf-8")
    return tuple(
        Expected(
            row["table"], row["column"], row["nullable"] == "yes", row["unique"] == "yes",
            int(row["length"]) if row["length"] else None, frozenset(row["values"].split()) or None,
        )
        for row in csv.DictReader(text.splitlines())
    )  # fmt: skip


def read_columns(ground: Ground) -> Mapping[tuple[str, str], Actual]:
    """The columns of all tables, by table and name; reads the catalog only."""
    return ground.once(_read_columns)


def _read_columns(ground: Ground) -> dict[tuple[str, str], Actual]:
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
