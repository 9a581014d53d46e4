"""Upgrading a database that is backed up first."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.create import BackupReport, create_backup
from alphanest_db.backup.in_use import Use, in_use, release
from alphanest_db.backup.options import BackupOptions
from alphanest_db.backup.store import Store
from alphanest_db.backup.summary import restore_command
from alphanest_db.database.connect import place_of, session
from alphanest_db.database.target import Target
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import MigrationRun, RunOptions, RunReport
from alphanest_db.schema.status import read_status
from alphanest_db.settings import Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.migrate import upgrade_and_record
from alphanest_db.workflows.sources import BACKUPS


def upgrade_backed_up(
    target: Target, settings: Settings, folder: Path, revision: str, environ: Mapping[str, str], *, now: datetime,
    options: RunOptions, report: RunReport | None = None, backup_report: BackupReport | None = None,
    notify: Callable[[str], None] = lambda _text: None,
) -> MigrationRun:  # fmt: skip
    """Take a backup, then upgrade; without a backup nothing is migrated, and where nothing is pending none is taken.

    Until the upgrade has succeeded nobody prunes the backup; where it fails, `notify` is told the command that restores it.
    Raises what `create_backup` and `upgrade_and_record` raise.
    """
    timeout_seconds = options.connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        pending = read_status(connection, read_revisions(folder)).pending
    if not pending:
        return upgrade_and_record(
            target, folder, settings.environment, revision, options=options, report=report, notify=notify
        )
    store = Store(settings.home / BACKUPS)
    wanted = BackupOptions(
        note=f"before the upgrade to {revision}", lock_wait_seconds=options.lock_wait_seconds,
        connect_timeout_seconds=timeout_seconds,
    )  # fmt: skip
    backup = create_backup(
        target, store, wanted, environ, environment=settings.environment, now=now, report=backup_report
    )
    notify(f"backed up {backup.manifest.database} as {backup.id}")
    try:
        with in_use(backup, Use(target.database, whoever_runs_this(), now)):
            run = upgrade_and_record(
                target, folder, settings.environment, revision, options=options, report=report, notify=notify
            )
    except BaseException:
        notify(f"as it was before: {restore_command(backup, store.folder)}")
        raise
    _release_earlier(store, target)
    return replace(run, backup=backup.id)


def _release_earlier(store: Store, target: Target) -> None:
    """The migrations that failed before are finished now."""
    for backup in store.list().backups:
        if _is_of(backup, target):
            release(backup)


def _is_of(backup: Backup, target: Target) -> bool:
    return (backup.manifest.database, backup.manifest.place) == (target.database, place_of(target))
