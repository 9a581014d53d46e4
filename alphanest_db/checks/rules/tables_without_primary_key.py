"""Tables without a primary key."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import statement


def _look(ground: Ground) -> Iterator[Finding]:
    for table in ground.tables.values():
        if not table.primary_key and not table.is_partition:
            add = statement(
                "ALTER TABLE {} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;", table.quoted
            )
            yield Finding(
                table.shown,
                {"table": table.shown},
                "no primary key: no row can be named",
                str(add.as_string(ground.connection)),
            )


CHECK = Check(
    name="tables-without-primary-key",
    summary="Tables without a primary key.",
    tags=("integrity", "structure"),
    level=Level.warning,
    why="Two equal rows cannot be told apart: not by whoever deletes one, not by logical replication, not by a repair. A key that"
    " was lost in a restore lets doubles in.",
    remedy="Make a primary key of what is unique already (a unique index first, CONCURRENTLY), or add a column for it.",
    look=_look,
    by_hand="SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND NOT EXISTS"
    " (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary);",
)
