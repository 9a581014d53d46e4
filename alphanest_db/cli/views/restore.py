"""How restoring looks: the plan, what came of it, and the databases that are kept."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import human_bytes, human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.backup.restore.kept import CleanedUp, Undone
    from alphanest_db.backup.restore.model import Kept, Restored, RestorePlan
    from alphanest_db.database.databases import TableRows
    from alphanest_db.database.foreign_keys import Violation
    from alphanest_db.workflows.restore import CleanUpPlan, UndoPlan


def restore_plan_view(plan: "RestorePlan") -> View:
    """What would be replaced by what."""
    facts = [plan.format]
    facts += [human_bytes(plan.size_bytes)] if plan.size_bytes is not None else []
    facts += [plural(plan.rows, "row")] if plan.rows is not None else []
    facts += [f"taken {plan.snapshot_at:%Y-%m-%d %H:%M:%S} UTC"] if plan.snapshot_at else []
    lines = [f"source: {plan.source} ({', '.join(facts)})", *_what_happens(plan)]
    lines.append(f"program: {plan.program}")
    if plan.expected_seconds is not None:
        lines.append(f"time: about {human_seconds(plan.expected_seconds)}, as the last time")
    lines += [f"note: {note}" for note in plan.notes]
    return [Lines(lines), _replaced(plan.tables, "replaced")]


def restored_view(restored: "Restored") -> View:
    """What came of a restore, and the rows that violate a foreign key."""
    checked = "compared with what was dumped" if restored.verified else "not compared: the dump has no manifest"
    lines = [
        f"restored {restored.database} from {restored.source}: {plural(restored.rows, 'row')} in "
        f"{plural(restored.tables, 'table')}, {checked} ({human_seconds(restored.duration_seconds)})"
    ]
    if restored.revisions:
        lines.append(f"at revision {', '.join(restored.revisions)}")
    if restored.upgraded:
        lines.append(f"upgraded by {plural(len(restored.upgraded), 'revision')} to {restored.upgraded[-1]}")
    if restored.kept:
        outage = human_seconds(restored.outage_seconds or 0)
        lines.append(
            f"the one before is kept as {restored.kept}; {plural(restored.ended_sessions, 'session')} ended, {outage}"
        )
        lines.append("`alphanest restore undo` swaps back, `alphanest restore --clean-up` drops it")
    lines += [f"note: {note}" for note in restored.notes]
    return [Lines(lines), *violations_view(restored.violations)]


def violations_view(violations: Sequence["Violation"]) -> View:
    """Foreign keys that rows violate, with some of the rows."""
    rows = [
        (f"{item.schema}.{item.table}", item.constraint, item.referenced, item.rows, "; ".join(_samples(item)))
        for item in violations
    ]
    columns = ("table", "foreign key", "refers to", "rows", "such as")
    return (
        [Grid(columns, rows, title="rows that refer to nothing; the keys are NOT VALID and guard new rows")]
        if rows
        else []
    )


def undo_plan_view(plan: "UndoPlan") -> View:
    """Which database would come back."""
    lines = [f"{plan.back.database} (replaced {plan.back.kept_at:%Y-%m-%d %H:%M:%S} UTC) becomes {plan.database} again"]
    if plan.sessions:
        lines.append(f"{plural(plan.sessions, 'session')} would be ended")
    return [Lines(lines), _replaced(plan.tables, "set aside")]


def undone_view(undone: "Undone") -> View:
    """The swap back."""
    kept = f"; what was live until now is kept as {undone.kept}" if undone.kept else ""
    outage = human_seconds(undone.outage_seconds)
    return [Lines([f"{undone.database} is what it was before ({outage}){kept}"])]


def clean_up_plan_view(plan: "CleanUpPlan") -> View:
    """The kept databases that would go."""
    if not plan.kept:
        return [Lines([f"no database is kept for {plan.database}"])]
    return [_kept(plan.kept, "will be dropped")]


def cleaned_up_view(cleaned: "CleanedUp") -> View:
    """What is gone."""
    if not cleaned.dropped:
        return [Lines([f"no database is kept for {cleaned.database}"])]
    count = plural(len(cleaned.dropped), "database")
    return [Lines([f"dropped {count} kept for {cleaned.database}, {human_bytes(cleaned.freed_bytes)}"])]


def _what_happens(plan: "RestorePlan") -> Iterator[str]:
    match plan.way.value:
        case "swap":
            yield f"{plan.database} is replaced by a new database, and kept as {plan.kept}"
        case "create":
            yield f"{plan.database} does not exist yet, and is made"
        case "copy":
            yield f"a copy is made as {plan.database}, nothing else is touched"
        case _:
            yield f"what is in {plan.database} is replaced within one transaction"
    if plan.sessions:
        ended = "are ended" if plan.kept else "have to wait"
        yield f"{plural(len(plan.sessions), 'session')} {ended}: {', '.join(dict.fromkeys(plan.sessions))}"


def _replaced(tables: Sequence["TableRows"], title: str) -> Grid:
    return Grid(("table", "rows"), [(table.table, table.rows) for table in tables], title=title)


def _kept(kept: Sequence["Kept"], title: str) -> Grid:
    rows = [(item.database, item.kept_at, human_bytes(item.size_bytes)) for item in kept]
    return Grid(("database", "replaced at", "size"), rows, title=title)


def _samples(violation: "Violation") -> Iterator[str]:
    for sample in violation.samples:
        yield ", ".join(f"{column}={'NULL' if value is None else value}" for column, value in sample.items())
