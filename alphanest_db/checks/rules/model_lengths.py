"""Columns that are narrower or wider than the models say."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.checks.models import Actual, Expected, column_look
from alphanest_db.database.identifiers import literal, name, statement


def _compare(ground: Ground, expected: Expected, actual: Actual) -> Iterator[Finding]:
    if expected.length is None or actual.length == expected.length or actual.is_enum:
        return
    said = f"{expected.column} is {actual.type}, and {expected.length} characters long in the models"
    mend = statement(
        "ALTER TABLE {} ALTER COLUMN {} TYPE varchar({});",
        ground.tables[expected.table].quoted, name(expected.column), literal(expected.length),
    )  # fmt: skip
    yield Finding(expected.table, {"column": expected.column}, said, str(mend.as_string(ground.connection)))


CHECK = Check(
    name="model-lengths",
    summary="Columns that are narrower or wider than the models say.",
    tags=("integrity", "structure", "models"),
    level=Level.warning,
    why="A column that is narrower than the code believes refuses what the code has let through; a wider one lets in what"
    " the code cuts off.",
    remedy="Change the column or the models. Making a varchar longer takes a moment; making it shorter rewrites the table.",
    look=column_look(_compare),
    by_hand="\\d+ subscriptions",
)
