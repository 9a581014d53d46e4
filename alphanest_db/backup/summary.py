"""The backups of a folder as one looks at them: what each is of, how old, how large, and whether it was proved."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.evidence import Evidence, Level, Outcome, read_evidence
from alphanest_db.backup.manifest import Manifest
from alphanest_db.backup.store import Listing


class State(StrEnum):
    """What is known of a backup without reading its files."""

    complete = "complete"
    damaged = "damaged"
    failed = "verification failed"


@dataclass(frozen=True)
class BackupSummary:
    """One backup; of a damaged one no more is known than `reason`. `verified_by` is the level of the newest verification."""

    id: str
    state: State
    database: str | None = None
    environment: str | None = None
    taken_at: datetime | None = None
    age_seconds: float | None = None
    size_bytes: int | None = None
    tables: int | None = None
    rows: int | None = None
    revisions: tuple[str, ...] = ()
    format: str | None = None
    schema_only: bool = False
    note: str = ""
    verified_at: datetime | None = None
    verified_by: Level | None = None
    reason: str | None = None


@dataclass(frozen=True)
class BackupList:
    """All backups of a folder, the newest first, the damaged ones last."""

    folder: Path
    backups: tuple[BackupSummary, ...]

    @property
    def is_sound(self) -> bool:
        """Whether none is damaged, and none failed its newest verification."""
        return all(backup.state is State.complete for backup in self.backups)


@dataclass(frozen=True)
class BackupDetails:
    """Everything that is known of one backup, and the command that restores it."""

    id: str
    folder: Path
    manifest: Manifest
    evidence: tuple[Evidence, ...]
    restore_command: str


def summarise(listing: Listing, now: datetime) -> BackupList:
    """The backups of a folder, with what their verifications found."""
    damaged = [BackupSummary(item.id, State.damaged, reason=item.reason) for item in listing.damaged]
    return BackupList(listing.folder, (*(_summary(backup, now) for backup in listing.backups), *damaged))


def details_of(backup: Backup, default_folder: Path) -> BackupDetails:
    """Everything about a backup, for somebody whose backups are in that folder by default."""
    command = restore_command(backup, default_folder)
    return BackupDetails(backup.id, backup.folder, backup.manifest, tuple(read_evidence(backup)), command)


def restore_command(backup: Backup, default_folder: Path) -> str:
    """The line that restores the backup: by its name where that is looked for, else by its path."""
    wanted = backup.id if backup.folder.parent == default_folder else str(backup.folder.absolute())
    return shlex.join(["alphanest", "restore", wanted])


def _summary(backup: Backup, now: datetime) -> BackupSummary:
    made = backup.manifest
    newest, level = _newest_proof(read_evidence(backup))
    failed = newest is not None and newest.outcome is Outcome.failed
    return BackupSummary(
        backup.id, State.failed if failed else State.complete, made.database, made.environment, made.snapshot_at,
        (now - made.snapshot_at).total_seconds(), made.size_bytes, len(made.tables), made.rows, made.revisions, made.format,
        made.schema_only, made.note, newest.at if newest else None, level, "; ".join(newest.details) if newest and failed else None,
    )  # fmt: skip


def _newest_proof(evidence: Sequence[Evidence]) -> tuple[Evidence | None, Level | None]:
    """The newest verification; a restore counts for more than checksums that were read later."""
    if not evidence:
        return None, None
    if not evidence[0].has_passed:
        return evidence[0], evidence[0].level
    proof = next((item for item in evidence if item.has_passed and item.level is Level.restore), evidence[0])
    return proof, proof.level
