"""How it looks which backups are kept, and why."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Marked, View
from alphanest_db.units import human_bytes, plural

if TYPE_CHECKING:
    from alphanest_db.backup.pruning import PrunePlan, PruneReport
    from alphanest_db.backup.retention import Verdict

_COLUMNS = ("backup", "what", "taken at", "size", "of", "proof", "why")


def plan_view(plan: "PrunePlan") -> View:
    """Each backup with what would happen to it, the newest first."""
    if not plan.verdicts:
        return [Lines([f"there are no backups in {plan.folder}"])]
    gone = [verdict for verdict in plan.verdicts if not verdict.is_kept]
    freed = sum(verdict.backup.size_bytes for verdict in gone)
    summary = f"would remove {plural(len(gone), 'backup')} of {len(plan.verdicts)}, which frees {human_bytes(freed)}"
    return [_grid(plan.verdicts, "remove"), Lines([summary])]


def pruned_view(report: "PruneReport") -> View:
    """What was removed and what was kept."""
    if not report.verdicts:
        return [Lines([f"there are no backups in {report.folder}"])]
    return [_grid(report.verdicts, "removed", report.busy), Lines(list(_summary(report)))]


def _summary(report: "PruneReport") -> Iterator[str]:
    kept = len(report.verdicts) - len(report.removed)
    yield f"removed {plural(len(report.removed), 'backup')}, kept {kept}, freed {human_bytes(report.freed_bytes)}"
    if report.busy:
        yield f"being read, so kept this time: {', '.join(report.busy)}"
    if report.cleaned:
        yield f"removed what killed commands had left half done: {', '.join(report.cleaned)}"


def _grid(verdicts: Sequence["Verdict"], gone: str, busy: Sequence[str] = ()) -> Grid:
    newest_first = list(reversed(verdicts))
    rows = [_row(verdict, gone, verdict.backup.id in busy) for verdict in newest_first]
    return Grid(_COLUMNS, rows, styles=["" if verdict.is_kept else "yellow" for verdict in newest_first])


def _row(verdict: "Verdict", gone: str, is_busy: bool) -> tuple[object, ...]:
    backup = verdict.backup
    what = Marked("✓", "keep") if verdict.is_kept or is_busy else Marked("✗", gone)
    return (
        backup.id, what, backup.taken_at, human_bytes(backup.size_bytes) if backup.taken_at else "", backup.series,
        backup.soundness, "it is being read" if is_busy else "; ".join(verdict.reasons),
    )  # fmt: skip
