"""How the answer of `alphanest db drift` looks."""

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.schema.drift.model import Drift, DriftReport

_STYLES = {"warning": "yellow", "info": ""}
_CONTEXT_LINES = 1


def drift_view(report: "DriftReport") -> View:
    """The drifts with what they mean, then their definitions, then what is ignored."""
    rows = [(item.kind, item.level, item.object, item.meaning) for item in report.drifts]
    styles = [_STYLES[item.level] for item in report.drifts]
    return [
        Grid(("kind", "level", "object", "meaning"), rows, styles=styles),
        *(Lines(_difference(item)) for item in report.drifts),
        *_ignored(report),
        Lines([*_summary(report), *(f"note: {note}" for note in report.notes)]),
    ]


def definition_lines(title: str, before: str | None, after: str | None) -> list[str]:
    """Two definitions of one object, and where they differ."""
    lines = list(
        difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="", n=_CONTEXT_LINES)
    )
    return [title, *(f"  {line}" for line in lines[2:] if not line.startswith("@@")), ""]


def _difference(drift: "Drift") -> list[str]:
    title = f"{drift.kind} {drift.object} (- expected, + actual)"
    return definition_lines(title, drift.expected, drift.actual)


def _summary(report: "DriftReport") -> Iterator[str]:
    where = f"is at {', '.join(report.revisions)}" if report.revisions else "has no migration applied"
    if report.drifts:
        certain = sum(item.sql is not None for item in report.drifts)
        yield f"{report.database} {where}, and differs in {plural(len(report.drifts), 'object')} from what the migrations make"
        yield f"`alphanest db drift --sql` prints what sets {certain} of {len(report.drifts)} right"
    else:
        yield f"{report.database} {where}, and is what the migrations make"


def _ignored(report: "DriftReport") -> View:
    ignored = [f"ignored until {item.expires}: {item.drift.object} ({item.reason})" for item in report.ignored]
    stale = [f"remove from the ignore file: {item.object}, {item.problem}" for item in report.stale_ignores]
    return [Lines([*ignored, *stale])] if ignored or stale else []
