"""How a reset looks: what would be lost, and what came of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Measured, View
from alphanest_db.cli.views.seed import users_view
from alphanest_db.cli.views.seed_synthetic import run_view
from alphanest_db.units import human_bytes, human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.workflows.reset import Reset
    from alphanest_db.workflows.reset_plan import ResetPlan

_CONTENTS = {"empty": "no rows", "demo": "the demo data", "synthetic": "synthetic data"}


def reset_plan_view(plan: "ResetPlan") -> View:
    """What would be lost, and what would take its place."""
    rows = [
        (table.table, table.rows, Measured(table.size_bytes, human_bytes(table.size_bytes)), table.last_at)
        for table in plan.tables
    ]
    return [Lines(list(_plan_lines(plan))), Grid(("table", "rows", "size", "last written"), rows, title="will be lost")]


def reset_view(done: "Reset") -> View:
    """The new database, where the old one is, and who can log in."""
    return [
        Lines(list(_lines(done))),
        *(users_view(done.demo) if done.demo else []),
        *(run_view(done.synthetic) if done.synthetic else []),
    ]


def _plan_lines(plan: "ResetPlan") -> Iterator[str]:
    contents = _CONTENTS[plan.filling]
    last = f"{plan.last_at:%Y-%m-%d %H:%M:%S} UTC" if plan.last_at else "no row tells"
    yield f"resets the {plan.environment} database {plan.database} ({human_bytes(plan.size_bytes)}, last written: {last})"
    yield (
        f"a new one with {contents} takes its place; a backup is taken first"
        if plan.backup
        else (f"a new one with {contents} takes its place; NO backup is taken")
    )
    if not plan.drop_old:
        yield f"the old one is kept as {plan.kept}"
    elif plan.backup:
        yield "the old one is dropped at the end, if the backup holds all that is in it"
    else:
        yield "the old one is dropped at the end: nothing of it is left"
    if plan.sessions:
        yield f"{plural(plan.sessions, 'session')} of others would be ended"
    if plan.writing:
        yield f"others write to it: {plan.writing.described()}; refused without --force"
    if not plan.tables:
        yield "it holds no rows"


def _lines(done: "Reset") -> Iterator[str]:
    where = f"at {', '.join(done.revisions)}" if done.revisions else "not migrated"
    took = human_seconds(done.duration_seconds)
    yield f"reset {done.database}: {where}, with {_CONTENTS[done.filling]} ({took})"
    if done.backup:
        yield f"backed up before as {done.backup}"
    outage = human_seconds(done.outage_seconds)
    ended = f"{plural(done.ended_sessions, 'session')} ended, {outage}"
    if done.kept:
        yield f"the one before is kept as {done.kept}; {ended}"
        yield "`alphanest restore undo` swaps back, `alphanest restore clean-up` drops it"
    else:
        yield f"the one before is dropped; {ended}"
    yield from (f"note: {note}" for note in done.notes)
