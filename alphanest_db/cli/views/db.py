"""How the answers of `alphanest db` look."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Marked, View
from alphanest_db.units import human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.database.wait import Reached
    from alphanest_db.schema.downgrading.model import DowngradePlan, Loss, UnclearStatement
    from alphanest_db.schema.recorder import RunStep
    from alphanest_db.schema.runs import MigrationRun
    from alphanest_db.schema.status import HistoryEntry, MigrationHead, MigrationStatus
    from alphanest_db.workflows.drop import DropPlan

_LONGEST_STATEMENT = 100
_MARKS = {"applied": "✓", "current": "●", "pending": "○"}
_STYLES = {"applied": "green", "current": "bold green", "pending": "yellow"}


def current_view(status: "MigrationStatus") -> View:
    """Where the database stands, in a line or two."""
    where = f"at {', '.join(status.current)}" if status.current else "at no revision: empty, or not migrated by Alembic"
    lines = [f"{status.database} is {where}{'' if status.pending else ' (head)'}"]
    if status.pending:
        lines.append(f"{plural(len(status.pending), 'migration')} pending: {', '.join(status.pending)}")
    return [Lines(lines)]


def history_view(entries: Sequence["HistoryEntry"]) -> View:
    """All migrations, the newest first, with what they are to the database."""
    rows = [
        (entry.revision, Marked(_MARKS[entry.state], entry.state), entry.message, entry.applied_at, entry.applied_by)
        for entry in entries
    ]
    columns = ("revision", "state", "message", "applied at", "applied by")
    return [Grid(columns, rows, styles=[_STYLES[entry.state] for entry in entries])]


def heads_view(heads: Sequence["MigrationHead"]) -> View:
    """The newest migrations."""
    return [Grid(("revision", "message"), [(head.revision, head.message) for head in heads])]


def step_line(step: "RunStep") -> str:
    """One revision that was run."""
    verb = "applied" if step.upgraded else "took back"
    return f"{verb} {step.revision} {step.message} ({human_seconds(step.duration_seconds)})"


def run_view(run: "MigrationRun") -> View:
    """What a run came to; its steps were told while it went on."""
    if run.steps:
        where = f"at {', '.join(run.current)}" if run.current else "empty"
        lines = [f"{run.database} is {where}: {plural(len(run.steps), 'migration')} run"]
    else:
        lines = [f"{run.database} is at {', '.join(run.current) or 'base'}: nothing to do"]
    lines += [f"rebuilt after an interrupted build: {index}" for index in run.dropped_invalid_indexes]
    return [Lines(lines), *not_valid_view(run)]


def stamp_view(run: "MigrationRun") -> View:
    """What was written down."""
    return [Lines([f"{run.database} is marked as being at {', '.join(run.current) or 'base'}"])]


def not_valid_view(run: "MigrationRun") -> View:
    """Constraints that old rows violate."""
    if not run.not_valid:
        return []
    rows = [(item.table, item.constraint, item.definition, item.violating_rows) for item in run.not_valid]
    title = "NOT VALID: these guard new rows, and old ones violate them"
    return [Grid(("table", "constraint", "condition", "rows that violate it"), rows, title=title, is_answer=False)]


def reached_view(reached: "Reached") -> View:
    """The server answered."""
    waited = f" after {human_seconds(reached.waited_seconds)}" if reached.attempts > 1 else ""
    return [Lines([f"PostgreSQL {reached.server_version} at {reached.place} is ready{waited}"])]


def downgrade_plan_view(plan: "DowngradePlan") -> View:
    """What a downgrade takes back, and what goes with it."""
    rows = [(loss_sentence(loss), _used_by(loss)) for loss in plan.losses]
    lines = [f"takes back {', '.join(plan.revisions)}" if plan.revisions else "nothing to take back"]
    lines += [f"it would FAIL: {plan.error}"] if plan.error else []
    lines += [_unclear_line(item) for item in plan.unclear]
    if plan.revisions and not plan.may_lose:
        lines.append("no rows are lost")
    lines += [f"note: {note}" for note in plan.notes]
    columns = ("will be lost", "used by") if any(used for _what, used in rows) else ("will be lost",)
    return [Lines(lines), Grid(columns, [row[: len(columns)] for row in rows])]


def loss_sentence(loss: "Loss") -> str:
    """A loss in a sentence: `drops users.phone: 12,431 values in 40,120 rows, used by 2 views`."""
    does = {"dropped": "drops", "emptied": "empties", "retyped": "changes the type of"}[loss.kind]
    where = f"{loss.table}.{loss.column}" if loss.column else loss.table
    to = f" to {loss.to_type}" if loss.to_type else ""
    rows = [] if loss.rows is None else [plural(loss.rows, "row")]
    counted = rows if loss.values is None else [" in ".join([plural(loss.values, "value"), *rows])]
    kinds = Counter(item.kind for item in loss.dependents)
    used = " and ".join(plural(count, kind).replace("policys", "policies") for kind, count in kinds.items())
    return f"{does} {where}{to}: {', '.join([*counted, *([f'used by {used}'] if used else [])])}"


def _used_by(loss: "Loss") -> str:
    return ", ".join(f"{item.kind} {item.name}{' (goes too)' if item.goes else ''}" for item in loss.dependents)


def _unclear_line(item: "UnclearStatement") -> str:
    whose = f"rows of {', '.join(item.tables)}" if item.tables else "rows"
    return f"may change or lose {whose}, cannot be counted: {item.sql[:_LONGEST_STATEMENT]}"


def drop_plan_view(plan: "DropPlan") -> View:
    """What goes with a database."""
    lines = [f"drops the {plan.environment} database {plan.database}"]
    if plan.sessions:
        lines.append(f"{plural(plan.sessions, 'session')} of others connected to it")
    if not plan.tables:
        lines.append("it holds no rows")
    return [Lines(lines), Grid(("table", "rows"), [(t.table, t.rows) for t in plan.tables], title="will be lost")]
