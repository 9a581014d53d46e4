"""Which pieces of work answer the checks: one scan for each table, one look at the catalog for each other check."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.ignores import Ignore
from alphanest_db.checks.model import Check
from alphanest_db.checks.parts import CatalogLook, Part, TableScan, Work, guarded
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.scan import Question
from alphanest_db.checks.tables import Tables

# Looking into the gap between two values costs about as much as looking eight values up.
ROWS_PER_VALUE = 8
LEAST_ROWS = 100_000

Held = Mapping[str, tuple[Ignore, ...]]


def plan_work(ground: Ground, checks: Sequence[Check], held: Held) -> tuple[list[Work], list[Part]]:
    """The pieces of work, and what can be said at once: which checks cannot be made here."""
    looks: list[Work] = [CatalogLook(check, held.get(check.name, ())) for check in checks if check.look]
    questions: list[Question] = []
    parts: list[Part] = []
    for check in checks:
        for rule in _rules(ground, check, parts):
            table = ground.tables.get(rule.table)
            if table is None or not table.is_readable:
                reason = f"there is no table {rule.table}" if table is None else f"no right to read {rule.table}"
                parts.append(Part(check.name, skipped=reason))
            else:
                patterns = tuple(entry.like for entry in held.get(check.name, ()))
                questions.append(Question(check.name, rule, table, patterns))
    return [*looks, *_scans(questions, ground.tables, dict(held))], parts


def _rules(ground: Ground, check: Check, parts: list[Part]) -> Iterable[RowRule]:
    """The rules of a check; a check whose rules cannot be made is one that cannot be made."""
    if check.rules is None:
        return check.rows
    made, broken = guarded(ground, check, check.rules)
    parts.extend(broken)
    return (*check.rows, *made)


def _scans(
    questions: Iterable[Question], tables: Tables, ignores: dict[str, tuple[Ignore, ...]]
) -> Iterator[TableScan]:
    """One scan for a table; a link that an index answers needs none, and goes alone."""
    together: dict[str, list[Question]] = {}
    for question in questions:
        if question.rule.alone or _has_gaps_to_look_into(question, tables):
            yield TableScan(question.table, (question,), ignores)
        else:
            plain = replace(question, rule=replace(question.rule, link=None))
            together.setdefault(question.table.shown, []).append(plain)
    for of_table in together.values():
        yield TableScan(of_table[0].table, tuple(of_table), ignores)


def _has_gaps_to_look_into(question: Question, tables: Tables) -> bool:
    link, table = question.rule.link, question.table
    target = tables.get(link.target) if link else None
    if link is None or target is None or link.column not in table.indexed_columns:
        return False
    return table.rows >= LEAST_ROWS and 0 <= target.rows * ROWS_PER_VALUE <= table.rows
