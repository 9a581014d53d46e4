"""Columns that take other values than the models say."""

from collections.abc import Iterator

from psycopg2 import sql

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.checks.models import Actual, Expected, column_look
from alphanest_db.database.identifiers import literal, name, statement


def _compare(ground: Ground, expected: Expected, actual: Actual) -> Iterator[Finding]:
    if expected.values is None or expected.values in actual.lists:
        return
    constraint = name(f"ck_{expected.table}_{expected.column}")
    values = sql.SQL(", ").join(literal(value) for value in sorted(expected.values))
    mend = statement(
        "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}, ADD CONSTRAINT {constraint} CHECK ({column} IN ({values}))"
        " NOT VALID; ALTER TABLE {table} VALIDATE CONSTRAINT {constraint};",
        table=ground.tables[expected.table].quoted, constraint=constraint, column=name(expected.column), values=values,
    )  # fmt: skip
    said = f"{expected.column}: {_difference(expected.values, actual.lists)}"
    yield Finding(expected.table, {"column": expected.column}, said, str(mend.as_string(ground.connection)))


def _difference(expected: frozenset[str], lists: tuple[frozenset[str], ...]) -> str:
    listed = next((values for values in lists if values & expected), None)
    if listed is None:
        return f"nothing keeps it to {', '.join(sorted(expected))}"
    parts = (("also takes", listed - expected), ("does not take", expected - listed))
    return ", ".join(f"{verb} {', '.join(sorted(values))}" for verb, values in parts if values)


CHECK = Check(
    name="model-values",
    summary="Columns that take other values than the models say.",
    tags=("integrity", "structure", "models"),
    level=Level.warning,
    why="The code knows four states of a subscription; a constraint that knows three refuses the fourth, and without one"
    " any spelling goes in.",
    remedy="Put the constraint anew; deployed databases get theirs from `alphanest db upgrade`.",
    look=column_look(_compare),
    by_hand="\\d+ subscriptions",
)
