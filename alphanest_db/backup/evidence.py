"""What is known of a backup beyond what it says of itself: that it was read whole, or restored and found equal, and when.

Each verification is a sealed document of its own beside the manifest, `evidence-<time>.json`, and names the manifest that it is
about by its SHA-256. One that is damaged, or is about another manifest, counts for nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.durable import write_file
from alphanest_db.backup.manifest import NAME
from alphanest_db.backup.sealed import read_sealed, seal
from alphanest_db.errors import BackupDamaged

_PATTERN = "evidence-*.json"


class Level(StrEnum):
    """How much was looked at; each includes the one before."""

    checksums = "checksums"  # every byte is as it was written
    restore = "restore"  # restored, it holds what was dumped


class Outcome(StrEnum):
    """What a verification found."""

    passed = "passed"
    failed = "failed"


@dataclass(frozen=True)
class Evidence:
    """One verification. `violations` counts rows, equal to the dumped ones, that no longer keep to a foreign key."""

    manifest_sha256: str
    level: Level
    outcome: Outcome
    at: datetime
    by: str
    server_version: int | None
    duration_seconds: float
    rows: int | None
    tables: int | None
    violations: int
    not_valid: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        """Whether the backup was found to be what it should be."""
        return self.outcome is Outcome.passed


_ADAPTER = TypeAdapter(Evidence)


def manifest_checksum(backup: Backup) -> str:
    """The SHA-256 of the manifest as it lies there."""
    return hashlib.sha256((backup.folder / NAME).read_bytes()).hexdigest()


def write_evidence(backup: Backup, evidence: Evidence) -> Path:
    """Keep what was found with the backup; it is on the disk when this returns."""
    path = backup.folder / f"evidence-{evidence.at:%Y%m%d-%H%M%S-%f}.json"
    write_file(path, seal(_ADAPTER.dump_python(evidence, mode="json")))
    return path


def read_evidence(backup: Backup) -> list[Evidence]:
    """All that was found about the backup as it is now, the newest first."""
    checksum = manifest_checksum(backup)
    found = [evidence for path in backup.folder.glob(_PATTERN) if (evidence := _read(path))]
    return sorted(
        (evidence for evidence in found if evidence.manifest_sha256 == checksum), key=lambda item: item.at, reverse=True
    )


def last_verified(backup: Backup, level: Level = Level.checksums) -> Evidence | None:
    """The newest verification of at least that level; None where there is none, also where it failed since."""
    for evidence in read_evidence(backup):
        if not evidence.has_passed:
            return None
        if evidence.level is level or level is Level.checksums:
            return evidence
    return None


def _read(path: Path) -> Evidence | None:
    try:
        return _ADAPTER.validate_python(read_sealed(path))
    except (BackupDamaged, ValidationError):
        return None
