"""How repairs look: what would be done, what was done, and what is left for people to do."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.cli.json_stream import Stream
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show, show_document, show_stream
from alphanest_db.cli.views.check_report import finding_document, place_of_finding
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.checks.repair.model import Left, Repaired, RepairReport
    from alphanest_db.journal.model import Change, Run
    from alphanest_db.journal.undo import Undone
    from alphanest_db.workflows.mending import WrittenMending
    from alphanest_db.workflows.repair import RepairPlan, UndoPlan

_CHANGES = ("check", "action", "table", "key", "before", "after", "note")
_DID = {
    "insert": "made", "update": "changed", "delete": "deleted", "validate": "validated", "enable": "enforced again",
}  # fmt: skip
_UNDID = {"insert": "deleted", "update": "put back", "delete": "put in again", "enable": "switched off again"}
_LONGEST = 60


def show_repair(report: "RepairReport", output: Output) -> None:
    """Write the answer, changes while they come."""
    match output:
        case Output.table:
            show(report, repair_view(report))
        case Output.json:
            show_document(_document(report))
        case Output.csv:
            changes = (change for repaired in report.changes for change in repaired.samples)
            show_stream(changes, changes_grid, Output.csv)


def repair_view(report: "RepairReport") -> View:
    """What was changed and what is left, each with some of the rows, and how to go on."""
    changed = [(c.check, _did(c), c.constraint or c.table, c.rows or None) for c in report.changes]
    title = "would be changed" if report.dry_run else "changed"
    left = [(_level(item), item.check, item.count or None, item.reason or item.remedy) for item in report.left]
    return [
        Grid(("check", "done", "table", "rows"), changed, title=title),
        *(Lines(_changed_rows(c)) for c in report.changes if c.rows),
        Grid(("level", "check", "found", "what to do"), left, title="left to you", is_answer=False),
        *(Lines(_left_rows(item)) for item in report.left if item.count),
        Lines([_sum(report)]),
    ]


def plan_view(plan: "RepairPlan") -> View:
    """What is about to be changed."""
    if plan.report is None:
        return []
    return [Lines([f"repairs {plan.environment} {plan.database}:"]), *repair_view(plan.report)[:-1]]


def runs_view(runs: Sequence["Run"]) -> View:
    """One line for each run."""
    rows = [
        (
            run.id, run.started_at, run.by, run.rows, _in_sum(run), run.details.get("orphans"),
            f"{run.undone_at:%Y-%m-%d %H:%M:%S} UTC by {run.undone_by}" if run.undone_at else None,
        )
        for run in runs
    ]  # fmt: skip
    lines = [] if runs else ["nothing was ever repaired"]
    columns = ("run", "started at", "by", "rows", "what", "orphans", "undone")
    return [Grid(columns, rows, styles=["dim" if run.undone_at else "" for run in runs]), Lines(lines)]


def changes_grid(changes: Sequence["Change"]) -> Grid:
    """One line for each row that was changed."""
    return Grid(
        _CHANGES,
        [(c.reason, c.action, c.table, _values(c.key), _values(c.before), _values(c.after), c.note) for c in changes],
    )


def undo_plan_view(plan: "UndoPlan") -> View:
    """Which repair is about to be taken back."""
    run = plan.run
    rows = [
        (step.reason, _UNDID.get(step.action, "loosened"), step.shown, step.rows or None)
        for step in reversed(run.steps)
    ]
    said = f"takes back run {run.id} of {run.started_at:%Y-%m-%d %H:%M:%S} UTC by {run.by} in {plan.environment} {plan.database}"
    return [Lines([said]), Grid(("check", "what becomes of it", "table", "rows"), rows)]


def undone_view(undone: "Undone", *, dry_run: bool) -> View:
    """What was put back."""
    rows = [(step.reason, _UNDID[step.action], step.shown, step.rows or None) for step in undone.steps]
    lines = [
        f"{item.constraint} of {item.table} is NOT VALID {'now: it was called valid, and broken' if item.was_valid else 'again'}"
        for item in undone.loosened
    ]
    end = "would be undone: nothing stands in the way" if dry_run else "is undone: everything is as it was before"
    return [Grid(("check", "done", "table", "rows"), rows), Lines([*lines, f"run {undone.run} {end}"])]


def _did(repaired: "Repaired") -> str:
    return f"moved to alphanest_admin.{repaired.quarantine}" if repaired.quarantine else _DID[repaired.action]


def _changed_rows(repaired: "Repaired") -> Iterator[str]:
    yield f"{repaired.check}: {_did(repaired)}"
    shown = 0
    for change in repaired.samples:
        shown += 1
        yield f"  {repaired.table} {_values(change.key)}: {_change(change)}"
    if shown < repaired.rows:
        yield f"  … and {repaired.rows - shown:,} more (--all shows them)"
    yield ""


def _change(change: "Change") -> str:
    """What became of one row."""
    if change.note:
        return change.note
    if change.before and change.after:
        pairs = ((column, value, change.after.get(column)) for column, value in change.before.items())
        return ", ".join(f"{column}: {_short(old)} → {_short(new)}" for column, old, new in pairs)
    told = {column: value for column, value in (change.after or {}).items() if value is not None}
    return ", ".join(f"{column}={_short(value)}" for column, value in islice(told.items(), 4))


def _left_rows(left: "Left") -> Iterator[str]:
    yield f"{left.level} {left.check}: {left.remedy}"
    shown = 0
    for finding in left.samples:
        shown += 1
        yield f"  {place_of_finding(finding)}: {finding.message}"
        yield f"    {finding.sql}"
    if shown < left.count:
        yield f"  … and {left.count - shown:,} more (--all shows them)"
    yield ""


def _sum(report: "RepairReport") -> str:
    left = sum(item.count for item in report.left)
    rest = f", {plural(left, 'finding')} left to you" if left else ", nothing is left"
    skipped = sum(item.state == "skipped" for item in report.left)
    rest += f", {plural(skipped, 'check')} skipped" if skipped else ""
    if not report.changes:
        return f"nothing to repair{rest}"
    constraints = sum(change.constraint is not None for change in report.changes)
    what = plural(report.rows, "row") + (f" and {plural(constraints, 'constraint')}" if constraints else "")
    if report.dry_run:
        return f"{what} would be changed{rest}; nothing was changed"
    return f"run {report.run} changed {what}{rest}; `alphanest check undo {report.run}` takes it back"


def _in_sum(run: "Run") -> list[str]:
    """How many rows, or constraints, had what done to them."""
    sums: Counter[str] = Counter()
    for step in run.steps:
        sums[step.action] += step.rows or 1
    return [f"{count:,} {_DID[action]}" for action, count in sums.items()]


def _level(left: "Left") -> str:
    return {"error": "broken", "skipped": "skipped"}.get(left.state, left.level)


def _values(values: Mapping[str, str | None] | None) -> str:
    return ", ".join(f"{column}={value}" for column, value in (values or {}).items())


def _short(value: str | None) -> str:
    text = "NULL" if value is None else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _document(report: "RepairReport") -> dict[str, Any]:  # Any: whatever JSON can hold
    """The report as it is, rows as streams."""
    return _fields(report) | {
        "changes": [_fields(item) | {"samples": Stream(item.samples)} for item in report.changes],
        "left": [
            _fields(item) | {"samples": Stream(finding_document(finding) for finding in item.samples)}
            for item in report.left
        ],
    }


def _fields(item: Any) -> dict[str, Any]:  # Any: one of our values
    return {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}


def mending_view(mending: "WrittenMending") -> View:
    """The files that were written, what they mend, and what they cannot."""
    written = mending.written
    files = [written.path, *(item.path for item in written.followed_by)] if written.path else []
    mended = [(defect.kind, defect.table, defect.name) for defect in mending.mended]
    left = [(defect.kind, defect.table, defect.name, defect.hindrance) for defect in mending.left]
    lines = [f"wrote {path}" for path in files] or ["there is nothing that a migration can mend: none was written"]
    return [
        Grid(("check", "table", "name"), mended, title="mended by the migration"),
        Grid(("check", "table", "name", "why not"), left, title="left to you", is_answer=False),
        Lines(
            [*lines, *(["`alphanest db plan` shows what it locks, `alphanest db upgrade` applies it"] if files else [])]
        ),
    ]
