"""How the verification of backups looks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Marked, View
from alphanest_db.cli.views.restore import violations_view
from alphanest_db.units import human_seconds

if TYPE_CHECKING:
    from alphanest_db.backup.verify import Verification

_MARKS = {"passed": "✓", "failed": "✗"}
_STYLES = {"passed": "green", "failed": "red"}


def verifications_view(verifications: Sequence["Verification"]) -> View:
    """What was looked at, and what was found."""
    rows = [
        (
            item.backup,
            item.level,
            Marked(_MARKS[item.outcome], item.outcome),
            _rows(item),
            human_seconds(item.duration_seconds),
        )
        for item in verifications
    ]
    details = [f"{item.backup}: {detail}" for item in verifications for detail in item.details]
    violations = [violation for item in verifications for violation in item.violations]
    columns = ("backup", "verified by", "outcome", "rows", "took")
    return [
        Grid(columns, rows, styles=[_STYLES[item.outcome] for item in verifications]),
        Lines(details or ([] if rows else ["there is no backup"])),
        *violations_view(violations),
    ]


def _rows(item: "Verification") -> int | None:
    return item.evidence.rows if item.evidence else None
