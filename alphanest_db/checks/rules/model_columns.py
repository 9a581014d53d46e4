"""Tables and columns of the models that the database does not have."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level, Skip
from alphanest_db.checks.models import expected_columns

_MEND = "-- `alphanest db upgrade` makes what is missing; `alphanest db drift` shows how the table should look"


def _look(ground: Ground) -> Iterator[Finding]:
    expected = expected_columns()
    if not any(column.table in ground.tables for column in expected):
        raise Skip("the platform's tables are not in this database")
    for table in dict.fromkeys(column.table for column in expected):
        if table not in ground.tables:
            yield Finding(table, {"table": table}, "the table is missing", _MEND)
    for column in expected:
        if column.table in ground.tables and column.column not in ground.tables[column.table].widths:
            yield Finding(column.table, {"column": column.column}, f"the column {column.column} is missing", _MEND)


CHECK = Check(
    name="model-columns",
    summary="Tables and columns of the models that the database does not have.",
    tags=("integrity", "structure", "models"),
    level=Level.error,
    why="The platform reads and writes what its models name: the first query for a column that is not there is an error.",
    remedy="Migrate the database; where all migrations are applied, look at `alphanest db drift`.",
    look=_look,
    by_hand="\\d+ subscriptions",
)
