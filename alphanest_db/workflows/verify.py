"""Verifying backups where it does no harm: beside the database in development, on the embedded server in staging and production."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from alphanest_db.backup.evidence import Level
from alphanest_db.backup.restore.model import RestoreOptions, RestoreReport
from alphanest_db.backup.store import Store
from alphanest_db.backup.verify import Verification, unreadable, verify_by_restore, verify_bytes
from alphanest_db.database.connect import session
from alphanest_db.database.embedded.server import ensure_running
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, InvalidInput
from alphanest_db.settings import Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment
from alphanest_db.workflows.targeting import reach_target


class Place(StrEnum):
    """On which server backups are restored to be verified."""

    auto = "auto"
    target = "target"
    embedded = "embedded"


def verify_backups(
    store: Store, settings: Settings, wanted: str | None, level: Level, environ: Mapping[str, str], *,
    place: Place = Place.auto, jobs: int = 2, now: Callable[[], datetime], notify: Callable[[str], None],
    report: RestoreReport | None = None,
) -> list[Verification]:  # fmt: skip
    """Verify the backup that is wanted, or all of them; the results are kept with the backups.

    Raises BackupNotFound, and what keeps us from looking.
    """
    listing = store.list()
    backups = [store.get(wanted)] if wanted is not None else list(listing.backups)
    by = whoever_runs_this()
    options = RestoreOptions(jobs, timeout_seconds=settings.connect_timeout_seconds)
    found = []
    server = reach_place(settings, place, notify=notify) if backups and level is Level.restore else None
    for backup in backups:
        if server is None:
            found.append(verify_bytes(backup, now=now(), by=by, report=report))
        else:
            found.append(
                verify_by_restore(
                    backup, server, settings.home, environ, now=now(), by=by, options=options, report=report
                )
            )
    return [*found, *(unreadable(damaged) for damaged in listing.damaged if wanted is None)]


def reach_place(settings: Settings, place: Place, *, notify: Callable[[str], None]) -> Target:
    """The server to restore on: the embedded one where the target's must not be touched, or there is none."""
    if place is Place.target or (
        place is Place.auto and settings.database is not None and not settings.environment.is_protected
    ):
        target = reach_target(settings, notify=notify)
        if place is Place.target or not _is_protected(target, settings):
            return target
    notify("restoring on the embedded server: the target's is not touched")
    return ensure_running(settings.home, notify=notify)


def _is_protected(target: Target, settings: Settings) -> bool:
    """By the database's own word; one that is not there, or does not answer, has none."""
    try:
        with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
            return effective_environment(connection, settings.environment).is_protected
    except DatabaseUnreachable:
        return True


def choose_backup(name: str | None, *, every: bool) -> str | None:
    """The one that was asked for, the latest without a name, or None for all. Raises InvalidInput for both."""
    if every and name is not None:
        raise InvalidInput("a backup's name and --all exclude each other", "Name one, or give --all.")
    return None if every else "latest" if name is None else name


def choose_place(*, on_embedded: bool, on_target: bool) -> Place:
    """The place that was asked for. Raises InvalidInput for both."""
    if on_embedded and on_target:
        raise InvalidInput("--on-embedded and --on-target exclude each other", "Choose one of them, or none.")
    return Place.embedded if on_embedded else Place.target if on_target else Place.auto
