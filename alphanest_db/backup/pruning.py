"""Removing the backups that no rule keeps: seen before it is done, one at a time in a folder, and each whole or not at all."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.evidence import Evidence, Level, read_evidence
from alphanest_db.backup.folder_lock import FolderLockProgress, folder_lock
from alphanest_db.backup.in_use import find_use
from alphanest_db.backup.retention import Candidate, KeepRules, Soundness, Verdict, judge
from alphanest_db.backup.store import Listing, Store
from alphanest_db.confirmation import Confirmation
from alphanest_db.errors import ConfirmationNeeded, Refused
from alphanest_db.settings import Environment

_PRUNE = "prune"
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class PrunePlan:
    """What the rules mean for a folder, the oldest backup first."""

    folder: Path
    verdicts: tuple[Verdict, ...]

    @property
    def database(self) -> str:
        """What is pruned; a folder, not a database."""
        return str(self.folder)

    @property
    def environment(self) -> Environment:
        """No database is touched, so no name has to be typed."""
        return Environment.development

    @property
    def destroys(self) -> bool:
        """Whether a backup would be removed."""
        return any(not verdict.is_kept for verdict in self.verdicts)


@dataclass(frozen=True)
class PruneReport:
    """What was done. `busy` are those that should go, and were being read."""

    folder: Path
    verdicts: tuple[Verdict, ...]
    removed: tuple[str, ...]
    freed_bytes: int
    busy: tuple[str, ...]
    cleaned: tuple[str, ...]


def plan_prune(store: Store, rules: KeepRules) -> PrunePlan:
    """What would be kept and removed; reads the manifests only. Raises InvalidInput for rules that keep nothing."""
    return PrunePlan(store.folder, judge(_candidates(store.list()), rules))


def prune(
    store: Store, rules: KeepRules, plan: PrunePlan, confirmation: Confirmation, *,
    lock_wait_seconds: float = 30, progress: FolderLockProgress = lambda _waited, _holder: None,
) -> PruneReport:  # fmt: skip
    """Remove what `plan` showed and the rules still do not keep, the oldest first; and what killed processes left half done.

    Raises ConfirmationNeeded, LockTimeout where another prune is at work, and Refused while a backup is being written.
    """
    if plan.destroys and not confirmation.yes:
        raise ConfirmationNeeded("removing backups was not confirmed", "Answer yes on a terminal, or add --yes.")
    if not store.folder.is_dir():
        return PruneReport(store.folder, (), (), 0, (), ())
    with folder_lock(store.folder, _PRUNE, wait_seconds=lock_wait_seconds, progress=progress):
        _wait_for_writers(store, lock_wait_seconds, progress)
        cleaned = store.clean()
        listing = store.list()
        verdicts = judge(_candidates(listing), rules)
        shown = {verdict.backup.id for verdict in plan.verdicts if not verdict.is_kept}
        doomed = [v.backup for v in verdicts if not v.is_kept and v.backup.id in shown]
        removed = list(_remove(store, listing, doomed))
    busy = tuple(backup.id for backup in doomed if backup not in removed)
    return PruneReport(
        store.folder, verdicts, tuple(b.id for b in removed), sum(b.size_bytes for b in removed), busy, cleaned
    )


def _remove(store: Store, listing: Listing, doomed: list[Candidate]) -> Iterator[Candidate]:
    by_id = {backup.id: backup for backup in listing.backups}
    for candidate in doomed:
        try:
            store.remove(by_id[candidate.id])
        except Refused:  # somebody reads it: the next prune removes it
            continue
        yield candidate


def _wait_for_writers(store: Store, wait_seconds: float, progress: FolderLockProgress) -> None:
    """The backup that is being written may be the one that the rules count on."""
    begun = time.monotonic()
    while writing := store.being_written():
        waited = time.monotonic() - begun
        if waited + _POLL_SECONDS > wait_seconds:
            names = ", ".join(writing)
            raise Refused(
                f"a backup is being written: {names}", "Prune when it is done, or wait longer with --lock-wait."
            )
        progress(waited, f"the backup {writing[0]} is being written")
        time.sleep(_POLL_SECONDS)


def _candidates(listing: Listing) -> Iterator[Candidate]:
    for damaged in listing.damaged:
        yield Candidate(damaged.id, "damaged", None, Soundness.damaged, used_by=find_use(damaged.folder))
    for backup in listing.backups:
        made = backup.manifest
        extent = "schema" if made.schema_only else "part" if made.excluded_table_data else "all"
        series = f"{extent} of {made.database} at {made.place}"
        soundness = _soundness(read_evidence(backup))
        yield Candidate(backup.id, series, made.snapshot_at, soundness, made.size_bytes, find_use(backup.folder))


def _soundness(evidence: list[Evidence]) -> Soundness:
    if not evidence:
        return Soundness.unproved
    if not evidence[0].has_passed:
        return Soundness.failed
    proofs = (item for item in evidence if item.has_passed and item.level is Level.restore)
    return Soundness.restored if next(proofs, None) else Soundness.read
