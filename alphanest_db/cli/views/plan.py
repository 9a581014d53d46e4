"""How the answer of `alphanest db plan` looks, as tables and as Markdown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.cli.views.markdown import escaped, markdown_table
from alphanest_db.redact import printable
from alphanest_db.units import human_bytes, plural

if TYPE_CHECKING:
    from alphanest_db.schema.planning.model import PlannedRevision, PlannedStatement, SchemaPlan, TableEffect

_LONGEST_STATEMENT = 76
_LOCKS = ("statement", "table", "lock", "work", "rows", "size", "writes/s", "level")
_STYLES = {"none": "", "info": "cyan", "warning": "yellow", "error": "bold red"}
_NO_LEVEL = "ok"


def plan_view(plan: "SchemaPlan") -> View:
    """Per revision a table of locks and one of findings."""
    blocks: list[Grid | Lines] = [Lines([_headline(plan)])]
    for revision in plan.revisions:
        blocks += [Lines([""]), _locks(revision), *_findings(revision)]
        if revision.error:
            blocks.append(Lines([f"FAILS: {revision.error}"]))
    return [*blocks, *([Lines(["", *(f"note: {note}" for note in plan.notes)])] if plan.notes else [])]


def plan_markdown(plan: "SchemaPlan") -> str:
    """The plan for a pull request."""
    lines = [f"### {escaped(_headline(plan))}", ""]
    for revision in plan.revisions:
        lines += _markdown_revision(revision)
    lines += [f"> {escaped(note)}" for note in plan.notes]
    return "\n".join(lines).rstrip() + "\n"


def _headline(plan: "SchemaPlan") -> str:
    if not plan.revisions:
        return f"{plan.database} is at {', '.join(plan.current) or 'base'}: nothing is pending"
    made_of = f", tried on a copy of {plan.origin}" if plan.origin else ""
    return (
        f"{plan.database} (PostgreSQL {plan.server_version}): {plural(len(plan.revisions), 'migration')} pending, "
        f"worst level {_level(plan.level)}{made_of}"
    )


def _locks(revision: "PlannedRevision") -> Grid:
    rows = [row for statement in revision.statements for row in _lock_rows(statement)]
    styles = [_STYLES[level] for statement in revision.statements for level in _row_levels(statement)]
    return Grid(_LOCKS, rows, title=f"{revision.revision} {revision.message}", styles=styles)


def _lock_rows(statement: "PlannedStatement") -> Iterator[tuple[object, ...]]:
    sql = _short(statement.sql)
    if not statement.tables:
        yield (sql, "", "", "", "", "", "", _NO_LEVEL)
    for effect in statement.tables:
        yield (sql, _table(effect), _lock(effect), _work(effect), *_live(effect), _level(effect.level))
        sql = ""


def _row_levels(statement: "PlannedStatement") -> list[str]:
    return [effect.level for effect in statement.tables] or ["none"]


def _findings(revision: "PlannedRevision") -> list[Grid]:
    found = [(statement, finding) for statement in revision.statements for finding in statement.findings]
    if not found:
        return []
    rows = [(_short(statement.sql), f.rule, f.message, _level(f.level)) for statement, f in found]
    styles = [_STYLES[finding.level] for _statement, finding in found]
    return [Grid(("statement", "squawk", "what it says", "level"), rows, styles=styles)]


def _table(effect: "TableEffect") -> str:
    kind = "" if effect.kind == "table" else f"{effect.kind} "
    return f"{kind}{effect.table}{' (new)' if effect.is_new else ''}"


def _lock(effect: "TableEffect") -> str:
    mode = effect.lock or (f"{effect.held} (held)" if effect.held else "")
    return mode if effect.source == "observed" else f"{mode} (documented)"


def _work(effect: "TableEffect") -> str:
    return "rewrite" if effect.rewritten else "scan" if effect.scanned else ""


def _live(effect: "TableEffect") -> tuple[str, str, str]:
    if effect.live is None:
        return "", "", ""
    rows = "unknown" if effect.live.rows is None else f"~{effect.live.rows:,}"
    return rows, human_bytes(effect.live.size_bytes), f"{effect.live.writes_per_second:.1f}"


def _level(level: str) -> str:
    return _NO_LEVEL if level == "none" else level


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= _LONGEST_STATEMENT else text[: _LONGEST_STATEMENT - 1] + "…"


def _markdown_revision(revision: "PlannedRevision") -> list[str]:
    lines = [f"#### `{revision.revision}` {escaped(revision.message)}: {_level(revision.level)}", ""]
    rows = [row for statement in revision.statements for row in _lock_rows(statement)]
    lines += markdown_table(_LOCKS, rows) if rows else ["No statement.", ""]
    lines += [
        f"- **{_level(finding.level)}** `{finding.rule}`: {escaped(finding.message)}"
        for finding in dict.fromkeys(finding for statement in revision.statements for finding in statement.findings)
    ]
    lines += [f"- **fails**: {escaped(revision.error)}"] if revision.error else []
    sql = "\n".join(f"{statement.sql};" for statement in revision.statements)
    fence = "```" if "```" not in sql else "`" * 12
    return [*lines, "", "<details><summary>SQL</summary>", "", f"{fence}sql", _clean(sql), fence, "", "</details>", ""]


def _clean(sql: str) -> str:
    return "\n".join(printable(line) for line in sql.splitlines())
