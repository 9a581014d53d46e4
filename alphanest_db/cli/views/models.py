"""How the answers of `alphanest db revision` and `alphanest db check` look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.schema.authoring.create import NewRevision
    from alphanest_db.schema.check import SchemaCheck
    from alphanest_db.schema.drift.model import DriftReport


def revision_view(made: "NewRevision") -> View:
    """The files that were written."""
    if made.path is None:
        return [Lines(["models and database agree: no revision was written"])]
    return [Lines([f"wrote {path}" for path in (made.path, *(item.path for item in made.followed_by))])]


def check_view(check: "SchemaCheck") -> View:
    """What is pending, where models and migrations differ, and where the database has drifted."""
    rows = [("pending", "", revision, "is pending") for revision in check.pending]
    rows += [("models", item.table, item.object, item.description) for item in check.differences]
    rows += _drift_rows(check.drift) if check.drift else []
    notes = [f"skipped: {item.part}: {item.reason}" for item in check.skipped]
    notes += [f"note: {note}" for note in check.drift.notes] if check.drift else []
    summary = Lines([f"{check.database}: {', '.join(_summary(check))}"])
    return [summary, Grid(("check", "table", "object", "finding"), rows), *([Lines(notes)] if notes else [])]


def _drift_rows(report: "DriftReport") -> list[tuple[str, str, str, str]]:
    drifts = [("drift", item.table or "", item.object, f"{item.kind}: {item.meaning}") for item in report.drifts]
    stale = [
        ("drift", "", item.object, f"remove it from the ignore file: {item.problem}") for item in report.stale_ignores
    ]
    return drifts + stale


def _summary(check: "SchemaCheck") -> Iterator[str]:
    yield f"{plural(len(check.pending), 'migration')} pending" if check.pending else "no migration is pending"
    if check.compared:
        other = "database" if check.drift is None else "migrations"
        number = len(check.differences)
        yield f"models and {other} differ in {plural(number, 'thing')}" if number else f"models and {other} agree"
    if check.drift is not None:
        number = len(check.drift.drifts)
        yield f"{plural(number, 'object')} drifted" if number else "no drift"
