"""Columns that the models call unique and the database does not."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.checks.models import Actual, Expected, column_look
from alphanest_db.database.identifiers import name, statement


def _compare(ground: Ground, expected: Expected, _actual: Actual) -> Iterator[Finding]:
    table = ground.tables.get(expected.table)
    if table is None or not expected.is_unique or expected.column in table.unique_columns:
        return
    mend = statement(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({});",
        name(f"{expected.table}_{expected.column}_unique"), table.quoted, name(expected.column),
    )  # fmt: skip
    said = f"no valid unique index on {expected.column} alone"
    yield Finding(expected.table, {"column": expected.column}, said, str(mend.as_string(ground.connection)))


CHECK = Check(
    name="model-unique",
    summary="Columns that the models call unique and the database does not.",
    tags=("integrity", "structure", "models"),
    level=Level.error,
    why="Two users with one e-mail, two booths of one user: the code asks for one row and takes whichever comes first. An"
    " index that is INVALID or partial guards nothing.",
    remedy="Look for doubles, mend them, then build the unique index CONCURRENTLY.",
    look=column_look(_compare),
    by_hand="SELECT email, count(*) FROM users GROUP BY email HAVING count(*) > 1;",
)
