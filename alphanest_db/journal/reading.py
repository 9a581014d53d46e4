"""What the journal holds, read back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import InvalidInput
from alphanest_db.journal.model import Action, Change, Run, Step

_PAGE_ROWS = 1000


class UnknownRun(InvalidInput):
    """There is no run of that number and kind."""

    def __init__(self, run: int, kind: str, actual: str | None) -> None:
        said = f"there is no run {run}" if actual is None else f"run {run} is one of {actual}, not of {kind}"
        super().__init__(said, "See the list of runs." if actual is None else f"`alphanest {actual}` undoes those.")
        self.run = run


def list_runs(connection: Connection, kind: str | None = None) -> list[Run]:
    """All runs of that kind, the newest first; none where nothing was ever written down. Reads only."""
    return _read(connection, kind, None)


def get_run(connection: Connection, run: int, kind: str) -> Run:
    """The run of that number. Raises UnknownRun, for one of another kind too."""
    found = _read(connection, None, run)
    if not found or found[0].kind != kind:
        raise UnknownRun(run, kind, found[0].kind if found else None)
    return found[0]


def read_changes(
    connection: Connection, run: int, *, step: int | None = None, most: int | None = None
) -> Iterator[Change]:
    """The rows that a run changed, or one step of it, a page at a time; inside the connection's transaction."""
    with connection.cursor(name=f"changes_{step or 'all'}") as cursor:
        cursor.itersize = _PAGE_ROWS
        cursor.execute(load_sql(__package__, "changes"), {"run": run, "step": step, "most": most})
        for action, *rest in cursor:
            yield Change(Action(action), *rest)


def _read(connection: Connection, kind: str | None, run: int | None) -> list[Run]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass('alphanest_admin.journal_runs') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return []
        cursor.execute(load_sql(__package__, "runs"), {"kind": kind, "id": run})
        return [_run(*row) for row in cursor]


def _run(
    id_: int, kind: str, details: dict[str, Any], started_at: datetime, by: str, undone_at: datetime | None,
    undone_by: str | None, steps: list[list[Any]],
) -> Run:  # fmt: skip  # Any: JSON
    return Run(
        id_, kind, details, started_at.astimezone(UTC), by, undone_at.astimezone(UTC) if undone_at else None, undone_by,
        tuple(Step(number, Action(action), *rest) for number, action, *rest in steps),
    )  # fmt: skip
