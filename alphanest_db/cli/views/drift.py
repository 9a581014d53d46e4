"""How the answer of `alphanest db drift` looks."""

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.render import Grid, Lines, View
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


def _summary(report: "DriftReport") -> Iterator[str]:
    where = f"is at {', '.join(report.revisions)}" if report.revisions else "has no migration applied"
    if report.drifts:
        certain = sum(item.sql is not None for item in report.drifts)
        yield f"{report.database} {where}, and differs in {plural(len(report.drifts), 'object')} from what the migrations make"
        yield f"`alphanest db drift --sql` prints what sets {certain} of {len(report.drifts)} right"
    else:
        yield f"{report.database} {where}, and is what the migrations make"


def _difference(drift: "Drift") -> list[str]:
    expected, actual = (drift.expected or "").splitlines(), (drift.actual or "").splitlines()
    lines = list(difflib.unified_diff(expected, actual, lineterm="", n=_CONTEXT_LINES))[2:]
    shown = [f"  {line}" for line in lines if not line.startswith("@@")]
    return [f"{drift.kind} {drift.object} (- expected, + actual)", *shown, ""]


def _ignored(report: "DriftReport") -> View:
    ignored = [f"ignored until {item.expires}: {item.drift.object} ({item.reason})" for item in report.ignored]
    stale = [f"remove from the ignore file: {item.object}, {item.problem}" for item in report.stale_ignores]
    return [Lines([*ignored, *stale])] if ignored or stale else []
