"""Repairing rows, and undoing that, behind every guard."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from alphanest_db.accounts.users.companions import booths_of_many, subscriptions_of_many
from alphanest_db.checks.repair.model import Companions, Progress, RepairOptions, RepairReport
from alphanest_db.checks.repair.run import Repair, repair_database
from alphanest_db.checks.repair.undo import get_repair, undo_repair
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.journal.model import Run
from alphanest_db.journal.undo import Undone
from alphanest_db.settings import Environment, Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class RepairPlan:
    """What a repair would do, tried out and taken back; None where somebody said yes beforehand, and it is just done."""

    database: str
    environment: Environment
    report: RepairReport | None

    @property
    def destroys(self) -> bool:
        """Whether anything would be changed."""
        return self.report is None or bool(self.report.changes)


@dataclass(frozen=True)
class UndoPlan:
    """Which repair would be taken back."""

    database: str
    environment: Environment
    run: Run
    destroys: bool = True


def platform_companions() -> tuple[Companions, ...]:
    """The rows that registering makes beside the account."""
    return (
        Companions("subscriptions", subscriptions_of_many()),
        Companions("market_booths", booths_of_many()),
    )


def plan_repair(
    target: Target, settings: Settings, repair: Repair, given: Confirmation, *, progress: Progress
) -> RepairPlan:
    """What is about to be done; locks the rows concerned for a moment, and changes nothing."""
    environment = _environment(target, settings)
    if given.yes or given.name is not None:
        return RepairPlan(target.database, environment, None)
    trial = replace(repair, options=replace(repair.options, dry_run=True, everything=False))
    with repair_database(target, trial, progress=progress) as report:
        return RepairPlan(target.database, environment, report)


@contextlib.contextmanager
def repair_confirmed(
    target: Target, repair: Repair, plan: RepairPlan, confirmation: Confirmation, *, progress: Progress
) -> Iterator[RepairReport]:
    """Repair, where there is something to repair. Raises ConfirmationNeeded."""
    if plan.report and not plan.destroys:
        yield replace(plan.report, dry_run=False)
        return
    require_confirmation(plan.environment, plan.database, f"repairing {plan.database}", confirmation)
    with repair_database(target, repair, progress=progress) as report:
        yield report


def plan_undo(target: Target, settings: Settings, run: int) -> UndoPlan:
    """What is about to be taken back. Raises UnknownRun."""
    environment = _environment(target, settings)
    found = get_repair(target, run, timeout_seconds=settings.connect_timeout_seconds)
    return UndoPlan(target.database, environment, found)


def undo_confirmed(
    target: Target, plan: UndoPlan, confirmation: Confirmation, options: RepairOptions, *, progress: Progress
) -> Undone:
    """Take the repair back; a dry run needs no confirmation. Raises ConfirmationNeeded, UndoBlocked and Refused."""
    if not options.dry_run:
        require_confirmation(plan.environment, plan.database, f"undoing run {plan.run.id}", confirmation)
    return undo_repair(target, plan.run.id, options, by=whoever_runs_this(), progress=progress)


def _environment(target: Target, settings: Settings) -> Environment:
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return effective_environment(connection, settings.environment)
