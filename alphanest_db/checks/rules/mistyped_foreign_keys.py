"""Foreign keys whose columns are of another type than those that they refer to."""

from psycopg2 import sql

from alphanest_db.checks.keys import Key, key_look
from alphanest_db.checks.model import Check, Level
from alphanest_db.database.identifiers import name, statement


def _different(key: Key) -> list[tuple[str, str, str, str]]:
    pairs = zip(key.columns, key.types, key.target_columns, key.target_types, strict=True)
    return [pair for pair in pairs if pair[1] != pair[3]]


def _problem(key: Key) -> str | None:
    said = [f"{column} is {own}, and {key.target}.{other} {theirs}" for column, own, other, theirs in _different(key)]
    return "; ".join(said) or None


def _mend(key: Key) -> sql.Composable:
    changes = [
        statement("ALTER COLUMN {} TYPE {}", name(column), sql.SQL(theirs)) for column, _, _, theirs in _different(key)
    ]
    return statement("ALTER TABLE {} {};", key.quoted_table, sql.SQL(", ").join(changes))


CHECK = Check(
    name="mistyped-foreign-keys",
    summary="Foreign keys of another type than what they refer to.",
    tags=("integrity", "structure", "foreign-keys"),
    level=Level.warning,
    why="A column that is narrower than what it refers to cannot hold every id: the first one that is too long is an error in the"
    " middle of a sale. Different types also cost a conversion for every row of a join.",
    remedy="Give the column the type of its target. That may rewrite the table: look at `alphanest db plan` first.",
    look=key_look(_problem, _mend),
    by_hand="SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'; \\d trades",
)
