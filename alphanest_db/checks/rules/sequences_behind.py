"""Sequences that are about to give a number that is taken."""

from collections.abc import Iterator
from typing import Any

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import literal, name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    for row in ask(ground, "sequences"):
        found = _compare(ground, row)
        if found:
            yield found


def _compare(ground: Ground, row: Any) -> Finding | None:  # Any: a named tuple of what the query names
    furthest = "max" if row.increment > 0 else "min"
    question = statement(
        f"SELECT s.last_value, s.is_called, (SELECT {furthest}({{}}) FROM {{}}) AS furthest FROM {{}} AS s",
        name(row.column_name), name(row.table_schema, row.table_name), name(row.schema, row.name),
    )  # fmt: skip
    [state] = ask(ground, question)
    coming = state.last_value + row.increment if state.is_called else state.last_value
    if state.furthest is None or (coming - state.furthest) * row.increment > 0:
        return None
    said = f"gives {coming} next, and {furthest}({row.column_name}) is {state.furthest}"
    mend = statement("SELECT setval({}, {});", literal(row.shown), literal(state.furthest))
    return Finding(row.table_shown, {"sequence": row.shown}, said, str(mend.as_string(ground.connection)))


CHECK = Check(
    name="sequences-behind",
    summary="Sequences that are about to give a number that is taken.",
    tags=("integrity", "structure"),
    level=Level.error,
    why="Rows that were put in with their numbers, by an import or a restore of the data alone, do not move the sequence. The next"
    " insert then fails with a doubled key, and so does every one after it until the sequence is past them.",
    remedy="Set the sequence to the greatest number there is.",
    look=_look,
    by_hand="SELECT last_value FROM report_id_seq; SELECT max(id) FROM report;",
)
