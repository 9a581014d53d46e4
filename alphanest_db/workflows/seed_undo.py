"""Taking back what a run of seeding put in, behind every guard."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.pooling import refuse_transaction_pooling
from alphanest_db.database.target import Target
from alphanest_db.journal.model import Action, Run, Step
from alphanest_db.journal.reading import get_run, list_runs
from alphanest_db.journal.undo import undo_run
from alphanest_db.seeding.sets.remembering import forget
from alphanest_db.seeding.synthetic.unload import unload
from alphanest_db.settings import Environment, Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment
from alphanest_db.workflows.seed_runs import KIND, lock_seeds
from alphanest_db.workflows.synthetic import stage_synthetic


@dataclass(frozen=True)
class SeedRun:
    """A run that put a set in; rows are those that it inserted or changed."""

    run: int
    set: str
    started_at: datetime
    by: str
    inserted: int
    updated: int
    undone_at: datetime | None


@dataclass(frozen=True)
class TakenBack:
    """What is taken out of a table, and how many rows are what they were."""

    table: str
    deleted: int
    restored: int


@dataclass(frozen=True)
class UndoPlan:
    """What undoing a run would do."""

    database: str
    environment: Environment
    run: SeedRun
    tables: tuple[TakenBack, ...]
    destroys: bool = True


@dataclass(frozen=True)
class Undone:
    """A run that is taken back."""

    database: str
    run: int
    set: str
    tables: tuple[TakenBack, ...]


def list_seed_runs(target: Target, settings: Settings) -> list[SeedRun]:
    """All runs, the newest first; reads only."""
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return [_told(run) for run in list_runs(connection, KIND)]


class SeedUndo:
    """A run that can be taken back: `plan` is what that would do."""

    def __init__(self, connection: Connection, run: Run, plan: UndoPlan) -> None:
        self._connection = connection
        self._run = run
        self.plan = plan

    def apply(self, confirmation: Confirmation) -> Undone:
        """Take it back, in one transaction. Raises ConfirmationNeeded, and what `planned_seed_undo` raises."""
        what = f"undoing run {self._run.id} ({self.plan.run.set})"
        require_confirmation(self.plan.environment, self.plan.database, what, confirmation)
        with self._connection:
            tables = _undo(self._connection, self._run)
            forget(self._connection, self._run.id)
        return Undone(self.plan.database, self._run.id, self.plan.run.set, tables)


@contextlib.contextmanager
def planned_seed_undo(
    target: Target, settings: Settings, number: int, environ: Mapping[str, str]
) -> Iterator[SeedUndo]:
    """The run with what undoing it would do: it is done, and rolled back. Nothing is locked while somebody thinks about it.

    Raises UnknownRun, Refused for one that was undone, and UndoBlocked where something newer stands in the way.
    """
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        run = get_run(connection, number, KIND)
        environment = effective_environment(connection, settings.environment)
        if _is_synthetic(run) and run.undone_at is None:
            refuse_transaction_pooling(target, connection, timeout_seconds=settings.connect_timeout_seconds)
        connection.autocommit = False
        if _is_synthetic(run) and run.undone_at is None:
            stage_synthetic(connection, run, environ)
            connection.commit()
        tables = _undo(connection, run)
        connection.rollback()
        yield SeedUndo(connection, run, UndoPlan(target.database, environment, _told(run), tables))


def _undo(connection: Connection, run: Run) -> tuple[TakenBack, ...]:
    """A synthetic run has no steps in the journal: its rows were made again, to be found."""
    lock_seeds(connection)
    undone = undo_run(connection, run, by=whoever_runs_this())
    if not _is_synthetic(run):
        return _by_table(undone.steps)
    return tuple(TakenBack(table, rows, 0) for table, rows in unload(connection, run.id).items())


def _is_synthetic(run: Run) -> bool:
    return "request" in run.details


def _by_table(steps: tuple[Step, ...]) -> tuple[TakenBack, ...]:
    counts: dict[str, dict[Action, int]] = {}
    for step in steps:
        table = step.table if step.schema == "public" else f"{step.schema}.{step.table}"
        own = counts.setdefault(table, dict.fromkeys((Action.insert, Action.update), 0))
        own[step.action] = own.get(step.action, 0) + step.rows
    return tuple(TakenBack(table, own[Action.insert], own[Action.update]) for table, own in counts.items())


def _told(run: Run) -> SeedRun:
    rows = {action: sum(step.rows for step in run.steps if step.action is action) for action in Action}
    synthetic = sum(run.details["rows"].values()) if _is_synthetic(run) else 0
    name = str(run.details.get("set", ""))
    return SeedRun(
        run.id, name, run.started_at, run.by, rows[Action.insert] + synthetic, rows[Action.update], run.undone_at
    )
