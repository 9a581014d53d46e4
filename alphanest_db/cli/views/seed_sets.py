"""How sets of seeds look: what there is, what they do, and what is taken back."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Marked, View
from alphanest_db.cli.views.seed import user_lines
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.workflows.seed_undo import SeedRun, TakenBack, Undone, UndoPlan
    from alphanest_db.workflows.seeds import Seeded, SeedPlan, SetChange, SetState

_MARKS = {"applied": "✓", "changed since": "~", "not applied": "○"}
_STYLES = {"applied": "green", "changed since": "yellow", "not applied": ""}


def sets_view(sets: Sequence["SetState"]) -> View:
    """One row for each set."""
    rows = [
        (
            item.name, Marked(_MARKS[item.state], item.state), item.kind, item.file, item.environments, item.depends,
            item.allowed, item.applied_at, item.run,
        )
        for item in sets
    ]  # fmt: skip
    columns = ("set", "state", "kind", "file", "for", "depends on", "allowed here", "applied at", "run")
    return [Grid(columns, rows, styles=[_STYLES[item.state] for item in sets])]


def runs_view(runs: Sequence["SeedRun"]) -> View:
    """One row for each run."""
    if not runs:
        return [Lines(["nothing was put in yet, or nothing is remembered"])]
    rows = [
        (item.run, item.set, item.started_at, item.by, item.inserted, item.updated, item.undone_at) for item in runs
    ]
    return [Grid(("run", "set", "at", "by", "inserted", "updated", "undone at"), rows)]


def plan_view(plan: "SeedPlan") -> View:
    """What would be done to which table."""
    lines = [] if plan.has_work else ["nothing to do"]
    lines += list(_left_out(plan.left_out, plan.environment))
    return [_changes(plan.sets, "would be done"), *([Lines(lines)] if lines else [])]


def seeded_view(done: "Seeded") -> View:
    """What was done to which table, who can log in, and how it is taken back."""
    lines = [] if any(change.rows for change in done.sets) else ["nothing to do"]
    for change in done.sets:
        if change.run:
            lines.append(f"{change.name} is run {change.run}: `alphanest seed undo {change.run}` takes it back")
    if not done.is_remembered:
        lines.append("not remembered: the role may not make the schema alphanest_admin, and it cannot be undone")
    lines += list(_left_out(done.left_out, None))
    return [_changes(done.sets, ""), *([Lines(user_lines(done.users))] if done.users else []), Lines(lines)]


def undo_plan_view(plan: "UndoPlan") -> View:
    """What would be taken back."""
    run = plan.run
    lines = [f"takes back run {run.run}, {run.set}, {run.started_at:%Y-%m-%d %H:%M:%S} UTC by {run.by}"]
    return [Lines(lines), _taken_back(plan.tables)]


def undone_view(undone: "Undone") -> View:
    """What was taken back."""
    rows = plural(sum(table.deleted + table.restored for table in undone.tables), "row")
    return [_taken_back(undone.tables), Lines([f"run {undone.run} ({undone.set}) is undone: {rows}"])]


def _changes(sets: Sequence["SetChange"], title: str) -> Grid:
    rows = [
        (change.name, table.table, table.insert, table.update, table.unchanged)
        for change in sets
        for table in change.tables
    ]
    return Grid(("set", "table", "insert", "update", "unchanged"), rows, title=title)


def _taken_back(tables: Sequence["TakenBack"]) -> Grid:
    rows = [(table.table, table.deleted, table.restored) for table in tables]
    return Grid(("table", "deleted", "put back"), rows)


def _left_out(names: Sequence[str], environment: str | None) -> Iterator[str]:
    if names:
        where = f"a {environment} database" if environment else "this environment"
        yield f"left out, not for {where}: {', '.join(names)}"
