"""A database that begins anew: backed up, made again beside the old one, migrated, filled, and swapped for it at the end."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.create import BackupReport, create_backup
from alphanest_db.backup.options import BackupOptions
from alphanest_db.backup.restore.compare import compare, read_contents
from alphanest_db.backup.restore.kept import clean_up
from alphanest_db.backup.restore.model import Kept
from alphanest_db.backup.store import Store
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.activity import WriteCounts, Writing, read_write_counts, writing_since
from alphanest_db.database.connect import session
from alphanest_db.database.grants import keep_grants, read_grants
from alphanest_db.database.locks import LockProgress, name_lock
from alphanest_db.database.replacement import create_shadow, dress_shadow, properties_of, take_over
from alphanest_db.database.roles import acting_as
from alphanest_db.database.scratch import claimed_name, drop_forgotten
from alphanest_db.database.swap import Swapped
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, Refused
from alphanest_db.schema.runs import MigrationRun, RunOptions, RunReport
from alphanest_db.seeding.demo import SeedResult
from alphanest_db.seeding.synthetic.load import LoadReport
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.demo import seed_demo_data
from alphanest_db.workflows.migrate import upgrade_and_record
from alphanest_db.workflows.reset_plan import Filling, ResetOrder, ResetPlan
from alphanest_db.workflows.sources import BACKUPS
from alphanest_db.workflows.synthetic import SyntheticRun, seed_synthetic


@dataclass(frozen=True)
class Reset:
    """What came of it; `kept` is the name of the old database, None where it was dropped."""

    database: str
    environment: Environment
    filling: Filling
    backup: str | None
    revisions: tuple[str, ...]
    demo: SeedResult | None
    synthetic: SyntheticRun | None
    kept: str | None
    ended_sessions: int
    outage_seconds: float
    duration_seconds: float
    notes: tuple[str, ...]


def _nothing(*_told: object) -> None: ...


@dataclass(frozen=True)
class ResetReport:
    """Where a reset tells how far it is."""

    stage: Callable[[str], None] = _nothing
    lock: LockProgress = _nothing
    load: LoadReport = field(default_factory=LoadReport)
    backup: BackupReport = field(default_factory=BackupReport)
    run: RunReport = field(default_factory=RunReport)


@dataclass(frozen=True)
class _Made:
    """The new database, which is the live one now."""

    run: MigrationRun
    demo: SeedResult | None
    synthetic: SyntheticRun | None
    swapped: Swapped
    notes: tuple[str, ...]


def reset_confirmed(
    target: Target, settings: Settings, migrations: Path, order: ResetOrder, plan: ResetPlan, confirmation: Confirmation,
    environ: Mapping[str, str], *, now: datetime, report: ResetReport | None = None,
) -> Reset:  # fmt: skip
    """Do as planned. Killed or failed at any moment, the name leads to the old database or to the whole new one.

    Raises ConfirmationNeeded, Refused where others write to the database and that is not forced, and what backing up,
    migrating and seeding raise.
    """
    report = report or ResetReport()
    begun = time.monotonic()
    require_confirmation(plan.environment, plan.database, f"resetting {plan.database}", confirmation)
    _refuse_writing(plan.database, plan.writing, order)
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        before = read_write_counts(connection)
    backup = _back_up(target, settings, order, environ, now=now, report=report) if order.backup else None
    made = _replace(target, settings, migrations, order, plan.environment, before, environ, now=now, report=report)
    left = _drop_old(target, settings, order, made.swapped, backup, now, report) if order.drop_old else None
    is_gone = order.drop_old and left is None
    return Reset(
        plan.database, plan.environment, order.filling, backup.id if backup else None, made.run.current, made.demo, made.synthetic,
        None if is_gone else made.swapped.kept, made.swapped.ended_sessions, made.swapped.outage_seconds,
        time.monotonic() - begun, (*made.notes, *([left] if left else [])),
    )  # fmt: skip


def _back_up(
    target: Target, settings: Settings, order: ResetOrder, environ: Mapping[str, str], *, now: datetime,
    report: ResetReport,
) -> Backup:  # fmt: skip
    report.stage("backing up")
    options = BackupOptions(
        note="before a reset", lock_wait_seconds=order.lock_wait_seconds,
        connect_timeout_seconds=settings.connect_timeout_seconds,
    )  # fmt: skip
    store = Store(settings.home / BACKUPS)
    return create_backup(
        target, store, options, environ, environment=settings.environment, now=now, report=report.backup
    )


def _replace(
    live: Target, settings: Settings, migrations: Path, order: ResetOrder, environment: Environment, before: WriteCounts,
    environ: Mapping[str, str], *, now: datetime, report: ResetReport,
) -> _Made:  # fmt: skip
    """The new database is filled under a name that only we know, and takes the live one's when all is well."""
    timeout_seconds, wait_seconds = settings.connect_timeout_seconds, order.lock_wait_seconds
    with name_lock(live, wait_seconds=wait_seconds, timeout_seconds=timeout_seconds, progress=report.lock):
        drop_forgotten(live, timeout_seconds=timeout_seconds)
        like = properties_of(live, timeout_seconds=timeout_seconds)
        with claimed_name(live, timeout_seconds=timeout_seconds) as shadow:
            report.stage("making the new database")
            notes = create_shadow(shadow, like, timeout_seconds=timeout_seconds)
            owned = acting_as(shadow, like.owner) if like else shadow
            run = upgrade_and_record(
                owned, migrations, environment, options=RunOptions(connect_timeout_seconds=timeout_seconds),
                report=report.run,
            )  # fmt: skip
            report.stage(f"filling it: {order.filling}")
            demo = seed_demo_data(owned, settings, migrations, now=now) if order.filling is Filling.demo else None
            synthetic = _fill(owned, settings, migrations, order, environ, report)
            notes += _keep_grants(live, owned, timeout_seconds)
            if like:
                notes += dress_shadow(shadow, like, timeout_seconds=timeout_seconds)
            _refuse_written_since(live, before, order, timeout_seconds)
            report.stage("swapping")
            swapped = take_over(
                live, shadow, now=now, lock_wait_seconds=wait_seconds, timeout_seconds=timeout_seconds,
                progress=report.lock,
            )  # fmt: skip
    return _Made(run, demo, synthetic, swapped, notes)


def _fill(
    shadow: Target,
    settings: Settings,
    migrations: Path,
    order: ResetOrder,
    environ: Mapping[str, str],
    report: ResetReport,
) -> SyntheticRun | None:
    if order.synthetic is None:
        return None
    return seed_synthetic(
        shadow, settings, migrations, order.synthetic, environ, lock_wait_seconds=order.lock_wait_seconds,
        report=report.load,
    )  # fmt: skip


def _keep_grants(live: Target, shadow: Target, timeout_seconds: int) -> tuple[str, ...]:
    """Whoever could read or write a table of the old database, can in the new one."""
    with session(live, timeout_seconds=timeout_seconds) as connection:
        grants = read_grants(connection)
    with session(shadow, timeout_seconds=timeout_seconds) as connection:
        return keep_grants(connection, grants)


def _refuse_written_since(live: Target, before: WriteCounts, order: ResetOrder, timeout_seconds: int) -> None:
    with session(live, timeout_seconds=timeout_seconds) as connection:
        _refuse_writing(live.database, writing_since(connection, before), order)


def _refuse_writing(database: str, writing: Writing, order: ResetOrder) -> None:
    if writing and not order.force:
        raise Refused(
            f"others write to {database}: {writing.described()}",
            "Nothing was changed. Stop them, or add --force: what they write meanwhile stays with the old database.",
        )


def _drop_old(
    target: Target, settings: Settings, order: ResetOrder, swapped: Swapped, backup: Backup | None, now: datetime,
    report: ResetReport,
) -> str | None:  # fmt: skip
    """Drop the old database, if the backup holds all that is in it; else why it is still there."""
    timeout_seconds = settings.connect_timeout_seconds
    old = Kept(swapped.kept or "", now, 0)
    report.stage("dropping the old database")
    try:
        if backup:
            there = read_contents(target.with_database(old.database), jobs=1, timeout_seconds=timeout_seconds)
            if found := compare(backup.manifest, there):
                return f"{old.database} was written to after the backup ({found[0].what}), and is kept"
        clean_up(target, [old], force=True, lock_wait_seconds=order.lock_wait_seconds, timeout_seconds=timeout_seconds)
    except AlphanestError as error:
        return f"{old.database} could not be dropped: {error.message}"
    return None
