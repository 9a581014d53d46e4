"""Restoring over a database, behind every guard: confirmed, of a known revision, and if wanted migrated before it goes live."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from alphanest_db.backup.evidence import Level, last_verified
from alphanest_db.backup.restore.beside import restore_beside
from alphanest_db.backup.restore.dumps import Dump
from alphanest_db.backup.restore.in_place import restore_in_place
from alphanest_db.backup.restore.kept import (
    CleanedUp,
    Undone,
    clean_up,
    list_kept,
    newest_kept,
    undo_restore,
)
from alphanest_db.backup.restore.model import Kept, Restored, RestoreOptions, RestorePlan, RestoreReport, Way
from alphanest_db.backup.restore.plan import plan_restore
from alphanest_db.backup.verify import remember_difference, remember_restore
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.databases import TableRows, count_rows, maintenance_session, other_sessions
from alphanest_db.database.swap import exists
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseAhead, Refused, RestoredDiffers
from alphanest_db.schema.revisions import RevisionGraph, read_revisions
from alphanest_db.schema.runs import RunOptions, RunReport, upgrade
from alphanest_db.schema.status import read_current
from alphanest_db.settings import Environment, Settings
from alphanest_db.units import plural
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class RestoreOrder:
    """What was asked for: a copy under the name `into`, and whether pending migrations are run before it goes live."""

    into: str | None = None
    upgrade: bool = False
    jobs: int = 2
    lock_wait_seconds: float = 30

    def options(self, settings: Settings) -> RestoreOptions:
        """The same, as the capability takes it."""
        return RestoreOptions(
            self.jobs,
            self.into,
            lock_wait_seconds=self.lock_wait_seconds,
            timeout_seconds=settings.connect_timeout_seconds,
        )


@dataclass(frozen=True)
class UndoPlan:
    """What `undo` would do; the rows are those of the database that would be set aside, as `kept`."""

    database: str
    environment: Environment
    back: Kept
    tables: tuple[TableRows, ...]
    sessions: int
    destroys: bool = True


@dataclass(frozen=True)
class CleanUpPlan:
    """The kept databases that would be dropped."""

    database: str
    environment: Environment
    kept: tuple[Kept, ...]

    @property
    def destroys(self) -> bool:
        """Whether there is anything to drop."""
        return bool(self.kept)


def plan_guarded_restore(
    target: Target, settings: Settings, migrations: Path, dump: Dump, order: RestoreOrder, *, now: datetime
) -> RestorePlan:
    """What a restore would do; counts the rows of the live database, changes nothing.

    Raises Refused where the dump stands at a revision that is not among the migrations here, or is to be migrated without a
    database of its own, and what `plan_restore` raises.
    """
    environment = _environment(target, settings)
    last = last_verified(dump.backup, Level.restore) if dump.backup else None
    plan = plan_restore(
        target, dump, environment, now=now, options=order.options(settings),
        expected_seconds=last.duration_seconds if last else None,
    )  # fmt: skip
    if plan.way is Way.in_place and order.upgrade:
        raise Refused(
            f"--upgrade is for a new database, and this restore would happen in {target.database} itself",
            "Restore without it, and run `alphanest db upgrade` afterwards; or connect as a role that may create databases.",
        )
    graph = read_revisions(migrations)
    if plan.way is not Way.copy or order.upgrade:
        pending_of(graph, plan.revisions or (), dump.name)
    return replace(plan, notes=(*_on_revisions(graph, plan.revisions or (), with_upgrade=order.upgrade), *plan.notes))


def restore_confirmed(
    target: Target, settings: Settings, migrations: Path, dump: Dump, order: RestoreOrder, plan: RestorePlan,
    confirmation: Confirmation, environ: Mapping[str, str], *, now: datetime, report: RestoreReport | None = None,
    run_report: RunReport | None = None,
) -> Restored:  # fmt: skip
    """Restore the dump as planned. Raises ConfirmationNeeded, and what restoring and migrating raise; nothing is changed then."""
    report = report or RestoreReport()
    if plan.destroys:
        require_confirmation(plan.environment, plan.database, f"restoring over {plan.database}", confirmation)
    options = order.options(settings)
    graph, upgraded = read_revisions(migrations), list[str]()

    def accept(revisions: Sequence[str]) -> None:
        if plan.way is not Way.copy or order.upgrade:
            pending_of(graph, revisions, dump.name)

    def prepare(fresh: Target) -> None:
        with session(fresh, timeout_seconds=settings.connect_timeout_seconds) as connection:
            accept(read_current(connection))
        if order.upgrade:
            how = RunOptions(connect_timeout_seconds=settings.connect_timeout_seconds)
            upgraded.extend(step.revision for step in upgrade(fresh, migrations, options=how, report=run_report).steps)

    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    begun, by = time.monotonic(), whoever_runs_this()
    try:
        if plan.way is Way.in_place:
            restored = restore_in_place(
                target, dump, settings.home, environ, options=options, report=report, accept=accept
            )
        else:
            restored = restore_beside(
                target, dump, settings.home, environ, now=now, options=options, report=report, prepare=prepare
            )
    except RestoredDiffers as error:
        remember_difference(dump, error, now=now, by=by, seconds=time.monotonic() - begun)
        raise
    remember_restore(dump, restored, now=now, by=by)
    return replace(restored, upgraded=tuple(upgraded))


def pending_of(graph: RevisionGraph, current: Sequence[str], dump: str) -> tuple[str, ...]:
    """What is pending in a database that stands there. Raises Refused where that is not among the migrations."""
    try:
        return graph.pending(current)
    except DatabaseAhead as error:
        raise Refused(
            f"{dump} stands at revision {error.revision!r}, which is not among the migrations here",
            "Restore it with the alphanest that made it or a newer one, or restore a copy with --into. Nothing was changed.",
        ) from error


def plan_undo(target: Target, settings: Settings) -> UndoPlan:
    """Which database would come back, and what would be set aside. Raises AlphanestError where none is kept."""
    timeout_seconds = settings.connect_timeout_seconds
    back = newest_kept(target, timeout_seconds=timeout_seconds)
    if not _exists(target, timeout_seconds):
        return UndoPlan(target.database, settings.environment, back, (), 0)
    with session(target, timeout_seconds=timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        tables = tuple(table for table in count_rows(connection) if table.rows)
        return UndoPlan(target.database, environment, back, tables, len(other_sessions(connection)))


def undo_confirmed(
    target: Target,
    settings: Settings,
    plan: UndoPlan,
    confirmation: Confirmation,
    *,
    now: datetime,
    lock_wait_seconds: float,
) -> Undone:
    """Swap back. Raises ConfirmationNeeded."""
    require_confirmation(plan.environment, plan.database, f"undoing the restore of {plan.database}", confirmation)
    return undo_restore(
        target,
        plan.back,
        now=now,
        lock_wait_seconds=lock_wait_seconds,
        timeout_seconds=settings.connect_timeout_seconds,
    )


def plan_clean_up(target: Target, settings: Settings, *, keep: int) -> CleanUpPlan:
    """The kept databases but the newest `keep`; changes nothing."""
    kept = list_kept(target, timeout_seconds=settings.connect_timeout_seconds)
    return CleanUpPlan(target.database, _environment(target, settings), tuple(kept[keep:]))


def clean_up_confirmed(
    target: Target,
    settings: Settings,
    plan: CleanUpPlan,
    confirmation: Confirmation,
    *,
    force: bool,
    lock_wait_seconds: float,
) -> CleanedUp:
    """Drop them. Raises ConfirmationNeeded, and Refused where somebody is connected to one and `force` is not given."""
    if plan.destroys:
        require_confirmation(plan.environment, plan.database, "dropping the kept databases", confirmation)
    return clean_up(
        target, plan.kept, force=force, lock_wait_seconds=lock_wait_seconds,
        timeout_seconds=settings.connect_timeout_seconds,
    )  # fmt: skip


def _environment(target: Target, settings: Settings) -> Environment:
    timeout_seconds = settings.connect_timeout_seconds
    if not _exists(target, timeout_seconds):
        return settings.environment
    with session(target, timeout_seconds=timeout_seconds) as connection:
        return effective_environment(connection, settings.environment)


def _exists(target: Target, timeout_seconds: int) -> bool:
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection:
        return exists(connection, target.database)


def _on_revisions(graph: RevisionGraph, revisions: Sequence[str], *, with_upgrade: bool) -> tuple[str, ...]:
    if not revisions:
        return ()
    try:
        pending = graph.pending(revisions)
    except DatabaseAhead as error:
        return (f"the dump stands at revision {error.revision}, which is not among the migrations here",)
    if not pending:
        return ()
    then = (
        f"will upgrade {plural(len(pending), 'revision')}"
        if with_upgrade
        else "--upgrade migrates it before it goes live"
    )
    return (f"dump at revision {', '.join(revisions)}, code at {', '.join(graph.heads)}: {then}",)
