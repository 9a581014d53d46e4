"""Demo accounts where real people trade."""

from collections.abc import Iterator

from psycopg2 import sql

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Level, Skip
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.secrets import is_synthetic
from alphanest_db.database.identifiers import literal


def _rules(ground: Ground) -> Iterator[RowRule]:
    if ground.is_quiet:
        raise Skip(f"in {ground.environment} demo accounts are welcome")
    demo = ground.platform.demo()
    condition = sql.SQL("t.id IN ({}) OR starts_with(t.id, 'demo_user_') OR lower(t.username) IN ({})").format(
        *(sql.SQL(", ").join(map(literal, values)) for values in (demo.ids, [name.lower() for name in demo.names]))
    )
    text = str(condition.as_string(ground.connection))
    message = "format('%L is an account of the demo or synthetic data', t.username)"
    yield RowRule("users", f"{text} OR {is_synthetic(ground)}", message, "DELETE FROM {table} WHERE {key};")


CHECK = Check(
    name="demo-accounts",
    summary="Demo and synthetic accounts in staging or production.",
    tags=("security", "accounts"),
    level=Level.error,
    why="The password of the accounts of `seed demo` and `seed synthetic` is in the documentation. In development and test they are"
    " what one works with, and the check is skipped.",
    remedy="Delete them, with all that is theirs; the database does that by itself.",
    rules=_rules,
    by_hand="SELECT id, username FROM users WHERE lower(username) IN ('cywf', 'neontrader', 'cyberninja');",
)
