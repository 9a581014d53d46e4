"""Taking back what a run of seeding put in, behind every guard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.journal.model import Action, Run, Step
from alphanest_db.journal.reading import get_run, list_runs
from alphanest_db.journal.undo import undo_run
from alphanest_db.seeding.sets.remembering import forget
from alphanest_db.settings import Environment, Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment
from alphanest_db.workflows.seed_runs import KIND, lock_seeds
from alphanest_db.workflows.synthetic import take_out_synthetic


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


def plan_seed_undo(target: Target, settings: Settings, number: int, environ: Mapping[str, str]) -> UndoPlan:
    """What undoing the run would do: it is done, and rolled back.

    Raises UnknownRun, Refused for one that was undone, and UndoBlocked where something newer stands in the way.
    """
    timeout_seconds = settings.connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        connection.autocommit = False
        run, tables = _undo(connection, number, environ)
        connection.rollback()
    return UndoPlan(target.database, environment, _told(run), tables)


def undo_confirmed(
    target: Target, settings: Settings, plan: UndoPlan, confirmation: Confirmation, environ: Mapping[str, str]
) -> Undone:
    """Undo the run in one transaction. Raises ConfirmationNeeded, and what `plan_seed_undo` raises."""
    what = f"undoing run {plan.run.run} ({plan.run.set})"
    require_confirmation(plan.environment, plan.database, what, confirmation)
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds, patient=True) as connection:
        _run, tables = _undo(connection, plan.run.run, environ)
        forget(connection, plan.run.run)
    return Undone(target.database, plan.run.run, plan.run.set, tables)


def _undo(connection: Connection, number: int, environ: Mapping[str, str]) -> tuple[Run, tuple[TakenBack, ...]]:
    """A synthetic run has no steps in the journal: its rows are made again, to be found."""
    lock_seeds(connection)
    run = get_run(connection, number, KIND)
    undone = undo_run(connection, run, by=whoever_runs_this())
    if "request" not in run.details:
        return run, _by_table(undone.steps)
    deleted = take_out_synthetic(connection, run, environ)
    return run, tuple(TakenBack(table, rows, 0) for table, rows in deleted.items())


def _by_table(steps: tuple[Step, ...]) -> tuple[TakenBack, ...]:
    counts: dict[str, dict[Action, int]] = {}
    for step in steps:
        table = step.table if step.schema == "public" else f"{step.schema}.{step.table}"
        own = counts.setdefault(table, dict.fromkeys((Action.insert, Action.update), 0))
        own[step.action] = own.get(step.action, 0) + step.rows
    return tuple(TakenBack(table, own[Action.insert], own[Action.update]) for table, own in counts.items())


def _told(run: Run) -> SeedRun:
    rows = {action: sum(step.rows for step in run.steps if step.action is action) for action in Action}
    synthetic = sum(run.details["rows"].values()) if "request" in run.details else 0
    name = str(run.details.get("set", ""))
    return SeedRun(
        run.id, name, run.started_at, run.by, rows[Action.insert] + synthetic, rows[Action.update], run.undone_at
    )
