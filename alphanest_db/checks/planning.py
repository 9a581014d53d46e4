"""Which pieces of work answer the checks: one scan for each table, one look at the catalog for each other check."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.ignores import Ignore
from alphanest_db.checks.model import Check
from alphanest_db.checks.parts import CatalogLook, Part, TableScan, Work, guarded
from alphanest_db.checks.rows import Computed, RowRule
from alphanest_db.checks.scan import Question
from alphanest_db.checks.sources import Way
from alphanest_db.checks.tables import Tables

# Looking into the gap between two values costs about as much as looking eight values up.
ROWS_PER_VALUE = 8
LEAST_ROWS = 20_000

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
    """One scan for a table, of a long one another for what has to be looked up; what indexes answer needs none, and goes alone.

    Two connections are done with a long table sooner in two scans, which costs less than one connection waiting for the other.
    """
    together: dict[tuple[str, bool], list[Question]] = {}
    for question in questions:
        way = _way(question, tables)
        if question.rule.alone or way is not Way.rows:
            yield TableScan(question.table, (replace(question, way=way),), ignores)
        else:
            apart = question.table.rows >= LEAST_ROWS and _looks_up(question.rule)
            together.setdefault((question.table.shown, apart), []).append(question)
    for of_table in together.values():
        yield TableScan(of_table[0].table, tuple(of_table), ignores)


def _looks_up(rule: RowRule) -> bool:
    return any(not isinstance(join, Computed) for join in rule.joins)


def _way(question: Question, tables: Tables) -> Way:
    """How the rows of the question are come by."""
    link, table = question.rule.link, question.table
    target = tables.get(link.target) if link else None
    if link is None or target is None or link.column not in table.indexed_columns or table.rows < LEAST_ROWS:
        return Way.rows
    if 0 <= target.rows * ROWS_PER_VALUE <= table.rows:
        return Way.gaps
    both_visible = table.is_visible and target.is_visible and link.referenced in target.indexed_columns
    return Way.values if both_visible else Way.rows
