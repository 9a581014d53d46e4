"""Questions to the catalog: a .sql file in `rules/`, its rows by the names of their columns."""

from typing import Any

from psycopg2.extras import NamedTupleCursor

from alphanest_db.checks import rules
from alphanest_db.checks.ground import Ground
from alphanest_db.database.identifiers import Statement, load_sql


def ask(
    ground: Ground, question: str | Statement, **parameters: object
) -> list[Any]:  # Any: a named tuple of what the query names
    """All rows of the question in `rules/<question>.sql`, or of a statement."""
    text = load_sql(rules.__name__, question) if isinstance(question, str) else question
    with ground.connection.cursor(cursor_factory=NamedTupleCursor) as cursor:
        cursor.execute(text, parameters or None)  # type: ignore[no-untyped-call] # the stubs leave this cursor's untyped
        return list(cursor.fetchall())
