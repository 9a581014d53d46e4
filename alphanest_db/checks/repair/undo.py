"""Repairs that were made, and taking one back."""

import contextlib
from collections.abc import Iterator

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.declared_keys import declared_keys
from alphanest_db.checks.repair.model import KIND, Progress, RepairOptions
from alphanest_db.checks.repair.quarantine import take_out
from alphanest_db.checks.repair.session import one_repairer, one_transaction
from alphanest_db.checks.tables import read_tables
from alphanest_db.database.connect import transaction
from alphanest_db.database.target import Target
from alphanest_db.journal.model import Change, Run
from alphanest_db.journal.reading import get_run, list_runs, read_changes
from alphanest_db.journal.undo import Undone, undo_run


def list_repairs(target: Target, *, timeout_seconds: int = 10) -> list[Run]:
    """All repairs of this database, the newest first; reads only."""
    with transaction(target, timeout_seconds=timeout_seconds, patient=True) as connection:
        return list_runs(connection, KIND)


def get_repair(target: Target, run: int, *, timeout_seconds: int = 10) -> Run:
    """The repair of that number. Raises UnknownRun."""
    with transaction(target, timeout_seconds=timeout_seconds, patient=True) as connection:
        return get_run(connection, run, KIND)


@contextlib.contextmanager
def repair_changes(target: Target, run: int, *, timeout_seconds: int = 10) -> Iterator[Iterator[Change]]:
    """Every row that a repair changed, while they are iterated. Raises UnknownRun."""
    with transaction(target, timeout_seconds=timeout_seconds, patient=True) as connection:
        yield read_changes(connection, get_run(connection, run, KIND).id)


def undo_repair(
    target: Target, run: int, options: RepairOptions, *, by: str, progress: Progress = lambda _what: None
) -> Undone:
    """Put everything back as it was before the repair; with `options.dry_run`, try it and take it back.

    Raises UnknownRun, UndoBlocked with all that stands in the way, and Refused where it was undone already.
    """
    with one_repairer(target, options, progress) as connection, one_transaction(connection, options):
        progress(f"undoing run {run}")
        undone = _undo(connection, run, by)
        if not options.dry_run:
            connection.commit()
        return undone


def _undo(connection: Connection, run: int, by: str) -> Undone:
    repair = get_run(connection, run, KIND)
    links = list(declared_keys(connection, read_tables(connection)))
    undone = undo_run(connection, repair, by=by, links=links)
    take_out(connection, repair)
    return undone
