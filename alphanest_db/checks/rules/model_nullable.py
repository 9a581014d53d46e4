"""Columns that take NULL where the models do not, or the other way."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.checks.models import Actual, Expected, column_look
from alphanest_db.database.identifiers import name, statement


def _compare(ground: Ground, expected: Expected, actual: Actual) -> Iterator[Finding]:
    if expected.nullable == actual.nullable:
        return
    said = f"{expected.column} " + (
        "takes NULL, and the models do not" if actual.nullable else "is NOT NULL, and the models take it"
    )
    change = (
        "ALTER TABLE {} ALTER COLUMN {} SET NOT NULL;"
        if actual.nullable
        else "ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL;"
    )
    mend = statement(change, ground.tables[expected.table].quoted, name(expected.column))
    yield Finding(expected.table, {"column": expected.column}, said, str(mend.as_string(ground.connection)))


CHECK = Check(
    name="model-nullable",
    summary="Columns that take NULL where the models do not, or the other way.",
    tags=("integrity", "structure", "models"),
    level=Level.warning,
    why="A NULL that the code does not expect is an error in the middle of a request; a NOT NULL that it does not know is"
    " one at the next insert.",
    remedy="Change the column or the models; SET NOT NULL reads the whole table unless a validated CHECK says the same.",
    look=column_look(_compare),
    by_hand="\\d+ subscriptions",
)
