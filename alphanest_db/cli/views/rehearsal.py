"""How the answer of `alphanest db rehearse` looks, as tables and as Markdown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.cli.views.drift import definition_lines
from alphanest_db.cli.views.markdown import escaped, markdown_table
from alphanest_db.units import human_bytes, human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.schema.rehearsal.model import DataLoss, HeldLock, Rehearsal, SchemaDifference, Step, TableWork

_TABLES = ("table", "lock", "held for", "who waits", "work", "rows")
_LOSSES = ("after taking back", "table", "column", "what", "before", "after", "lost")
_BECAME = {"missing": "gone", "extra": "left behind", "changed": "changed"}
_WAIT_SECONDS, _OUTAGE_SECONDS = 1.0, 5.0
_SLOW_SECONDS = 1.0
_LONGEST_STATEMENT = 100


def rehearsal_view(rehearsal: "Rehearsal") -> View:
    """The verdict in the first lines; then what did not come back, and each step."""
    blocks: list[Grid | Lines] = [Lines(list(_summary(rehearsal)))]
    if rehearsal.losses:
        rows = [_loss_row(loss) for loss in rehearsal.losses]
        blocks += [Lines([""]), Grid(_LOSSES, rows, title="the data that the downgrade does not give back")]
    if rehearsal.differences:
        blocks.append(Lines(["", *(line for item in rehearsal.differences for line in _difference_lines(item))]))
    for step in rehearsal.steps:
        blocks += [Lines([""]), *_step_blocks(step)]
    return [*blocks, *([Lines(["", *(f"note: {note}" for note in rehearsal.notes)])] if rehearsal.notes else [])]


def rehearsal_markdown(rehearsal: "Rehearsal") -> str:
    """The rehearsal for a pull request."""
    headline, *summary = _summary(rehearsal)
    lines = [f"### {escaped(headline)}", "", *(f"- {escaped(line)}" for line in summary), ""]
    if rehearsal.losses:
        lines += ["#### The data that the downgrade does not give back", ""]
        lines += markdown_table(_LOSSES, [_loss_row(loss) for loss in rehearsal.losses])
    for item in rehearsal.differences:
        title, *changes = _difference_lines(item)
        lines += [
            f"#### {escaped(title)}",
            "",
            "```diff",
            *(line.removeprefix("  ") for line in changes[:-1]),
            "```",
            "",
        ]
    for step in rehearsal.steps:
        lines += [f"#### {escaped(_title(step))}", "", *_markdown_tables(step)]
    lines += [f"> {escaped(note)}" for note in rehearsal.notes]
    return "\n".join(lines).rstrip() + "\n"


def _summary(rehearsal: "Rehearsal") -> Iterator[str]:
    if not rehearsal.revisions:
        where = rehearsal.database if rehearsal.source == "the live database" else rehearsal.source
        yield f"{where} is at {', '.join(rehearsal.current) or 'base'}: nothing is pending"
        return
    size = f"{human_bytes(rehearsal.size_bytes)}, " if rehearsal.size_bytes is not None else ""
    yield (
        f"{rehearsal.database}: {'fine' if rehearsal.is_fine else 'NOT FINE'}: "
        f"{plural(len(rehearsal.revisions), 'migration')} rehearsed on a copy of {rehearsal.source} "
        f"({size}PostgreSQL {rehearsal.server_version}, copied in {human_seconds(rehearsal.copy_seconds)})"
    )
    up, down, again = (_of(rehearsal, direction) for direction in ("up", "down", "up again"))
    yield f"upgrade: {_cost(up)}{_longest_waits(up)}"
    if down:
        yield f"downgrade: {_cost(down)}{_given_back(rehearsal)}"
    if again:
        yield f"second upgrade: {_cost(again)}{_same_again(rehearsal)}"


def _of(rehearsal: "Rehearsal", direction: str) -> list["Step"]:
    return [step for step in rehearsal.steps if step.direction == direction]


def _cost(steps: list["Step"]) -> str:
    if error := steps[-1].error:
        return f"FAILS at {steps[-1].revision}: {error}"
    seconds, wal_bytes = sum(step.duration_seconds for step in steps), sum(step.wal_bytes for step in steps)
    return f"{human_seconds(seconds)}, {human_bytes(wal_bytes)} of WAL"


def _longest_waits(steps: list["Step"]) -> str:
    """Who waits longest, and for what: the numbers that decide when to do it."""
    if steps[-1].error:
        return ""
    held = [
        (
            lock.longest_seconds,
            f"{work.table} wait up to {human_seconds(lock.longest_seconds)} ({step.revision})",
            lock.mode,
        )
        for step in steps
        for work in step.tables
        for lock in work.locks
    ]
    reads = max(((seconds, said) for seconds, said, mode in held if mode.blocks_reads), default=None)
    writes = max(((seconds, said) for seconds, said, mode in held if mode.blocks_writes), default=None)
    if writes is None:
        return "; nobody waits"
    if reads is None or reads == writes:
        return f"; {'reads and writes' if reads else 'writes'} of {writes[1]}"
    return f"; reads of {reads[1]}, writes of {writes[1]}"


def _given_back(rehearsal: "Rehearsal") -> str:
    if not rehearsal.downgraded:
        return ""
    differing = [item for item in rehearsal.differences if item.revision]
    if not rehearsal.losses and not differing:
        return "; gives all data and the schema back"
    data = f"LOSES DATA of {_tables_of(rehearsal.losses)}" if rehearsal.losses else "gives all data back"
    schema = f"the schema differs in {plural(len(differing), 'object')}" if differing else "gives the schema back"
    return f"; {data}; {schema}"


def _tables_of(losses: "tuple[DataLoss, ...]") -> str:
    return ", ".join(dict.fromkeys(f"{loss.table}.{loss.column}" if loss.column else loss.table for loss in losses))


def _same_again(rehearsal: "Rehearsal") -> str:
    if rehearsal.steps[-1].error:
        return ""
    differing = [item for item in rehearsal.differences if not item.revision]
    if not differing:
        return "; gives the same schema"
    return f"; its schema differs from the first one's in {plural(len(differing), 'object')}"


def _loss_row(loss: "DataLoss") -> tuple[object, ...]:
    lost = "unknown" if loss.lost is None else loss.lost
    what = {"rows": "rows", "column": "column gone", "values": "values gone", "content": "other values"}[loss.kind]
    return loss.revision, loss.table, loss.column or "", what, loss.before, loss.after, lost


def _difference_lines(item: "SchemaDifference") -> list[str]:
    when = f"after taking back {item.revision}" if item.revision else "after the second upgrade"
    title = f"{when}: {item.object} is {_BECAME[item.kind]} (- before, + after)"
    return definition_lines(title, item.before, item.after)


def _step_blocks(step: "Step") -> View:
    rows = [row for work in step.tables for row in _work_rows(work)]
    styles = [style for work in step.tables for style in _work_styles(work)]
    title = _title(step)
    if step.direction == "up again" or not rows:
        return [Lines([title])]
    slowest = max(step.statements, key=lambda statement: statement.duration_seconds, default=None)
    if slowest is None or slowest.duration_seconds < _SLOW_SECONDS:
        return [Grid(_TABLES, rows, title=title, styles=styles)]
    told = f"slowest, {human_seconds(slowest.duration_seconds)}: {_short(slowest.sql)}"
    return [Grid(_TABLES, rows, title=title, styles=styles), Lines([told])]


def _markdown_tables(step: "Step") -> list[str]:
    rows = [row for work in step.tables for row in _work_rows(work)]
    return markdown_table(_TABLES, rows) if rows and step.direction != "up again" else []


def _title(step: "Step") -> str:
    cost = f"FAILS: {step.error}" if step.error else _cost([step])
    return f"{step.direction} {step.revision} {step.message}: {cost}"


def _work_rows(work: "TableWork") -> Iterator[tuple[str, ...]]:
    name, rows = _table(work), _rows(work)
    done = "rewrite" if work.rewritten else ""
    if not work.locks:
        yield (name, "", "", "", done, rows)
    for lock in work.locks:
        yield (name, _mode(lock), human_seconds(lock.longest_seconds), _who_waits(lock), done, rows)
        name = done = rows = ""


def _work_styles(work: "TableWork") -> list[str]:
    return [_style(lock) for lock in work.locks] or [""]


def _style(lock: "HeldLock") -> str:
    if not lock.mode.blocks_writes or lock.longest_seconds < _WAIT_SECONDS:
        return ""
    return "bold red" if lock.longest_seconds >= _OUTAGE_SECONDS else "yellow"


def _table(work: "TableWork") -> str:
    kind = "" if work.kind == "table" else f"{work.kind} "
    is_new = work.kind == "table" and work.rows_before is None and work.rows_after is not None
    return f"{kind}{work.table}{' (new)' if is_new else ''}"


def _mode(lock: "HeldLock") -> str:
    return lock.mode if lock.source == "observed" else f"{lock.mode} (documented)"


def _who_waits(lock: "HeldLock") -> str:
    return "reads, writes" if lock.mode.blocks_reads else "writes" if lock.mode.blocks_writes else ""


def _rows(work: "TableWork") -> str:
    before, after = ("none" if rows is None else f"{rows:,}" for rows in (work.rows_before, work.rows_after))
    if work.rows_before is None and work.rows_after is None:
        return ""
    return before if before == after else f"{before} → {after}"


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= _LONGEST_STATEMENT else text[: _LONGEST_STATEMENT - 1] + "…"
