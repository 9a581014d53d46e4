"""The plan, put together from what was tried, what is on the target, and what squawk said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alphanest_db.schema.observing.facts import ObservedEffect, ObservedStatement
from alphanest_db.schema.observing.snapshot import Relation, Snapshot
from alphanest_db.schema.planning.live import shown_name
from alphanest_db.schema.planning.model import (
    Level,
    LintFinding,
    LiveTable,
    PlannedRevision,
    PlannedStatement,
    TableEffect,
    worst,
)
from alphanest_db.schema.planning.squawk import Remark
from alphanest_db.schema.planning.trial import Trial, TriedRevision
from alphanest_db.schema.planning.weighing import Weight, finding_level, lock_level
from alphanest_db.schema.revisions import RevisionGraph


@dataclass(frozen=True)
class Assembler:
    """What all statements are seen against: the relations before the first of them, and their live counterparts."""

    relations: Snapshot
    tables: Mapping[tuple[str, str], LiveTable]

    def revision(self, tried: TriedRevision, message: str, remarks: Sequence[Sequence[Remark]]) -> PlannedRevision:
        """One revision; `remarks` are those on each of its statements."""
        statements = tuple(
            self._statement(tried.statements, place, remarks[place]) for place in range(len(tried.statements))
        )
        level = Level.error if tried.error else worst([statement.level for statement in statements])
        return PlannedRevision(tried.revision, message, statements, tried.error, level)

    def _statement(
        self, statements: Sequence[ObservedStatement], place: int, remarks: Sequence[Remark]
    ) -> PlannedStatement:
        statement = statements[place]
        work = self._work_until_commit(statements[place:])
        tables = tuple(self._effect(effect, work) for effect in statement.effects)
        findings = tuple(self._findings(remarks, self._under_lock(statements[: place + 1]), work))
        levels = [table.level for table in tables] + [finding.level for finding in findings]
        return PlannedStatement(statement.sql, statement.in_transaction, tables, findings, worst(levels))

    def _effect(self, effect: ObservedEffect, work: Weight) -> TableEffect:
        return TableEffect(
            shown_name(effect.schema, effect.name), effect.kind, effect.oid not in self.relations, effect.lock,
            effect.held, effect.source, effect.rewritten, effect.scanned, self._live(effect), self._level(effect, work),
        )  # fmt: skip

    def _level(self, effect: ObservedEffect, work: Weight) -> Level:
        if effect.held is None or effect.oid not in self.relations:
            return Level.none
        live = self._live(effect)
        return lock_level(effect.held, work, live.writes_per_second if live else 0.0)

    def _findings(
        self, remarks: Sequence[Remark], under_lock: Sequence[ObservedEffect], work: Weight
    ) -> Iterator[LintFinding]:
        """Each remark once; a statement that takes no new lock matters as much as those that its transaction holds."""
        level = worst([self._level(effect, work) for effect in under_lock])
        holds_rows = any((live := self._live(effect)) and live.rows != 0 for effect in under_lock)
        for rule, said, message, advice in dict.fromkeys((r.rule, r.said, r.message, r.help) for r in remarks):
            yield LintFinding(rule, message, advice, finding_level(rule, said, level, holds_rows=holds_rows))

    def _under_lock(self, statements: Sequence[ObservedStatement]) -> list[ObservedEffect]:
        """What the last of the statements and those before it in its transaction took."""
        same = [statement for statement in statements if statement.transaction == statements[-1].transaction]
        return [effect for statement in same for effect in statement.effects if effect.lock]

    def _work_until_commit(self, statements: Sequence[ObservedStatement]) -> Weight:
        """All that is read or rewritten while a lock taken by the first of the statements is held."""
        work = Weight()
        for statement in statements:
            if statement.transaction == statements[0].transaction:
                for effect in statement.effects:
                    if effect.rewritten or effect.scanned:
                        work += _weight(self._live(effect))
        return work

    def _live(self, effect: ObservedEffect) -> LiveTable | None:
        original = self._table_of(self.relations.get(effect.oid))
        return self.tables.get((original.schema, original.name)) if original else None

    def _table_of(self, relation: Relation | None) -> Relation | None:
        return self.relations.get(relation.index_of) if relation and relation.index_of else relation


def assemble(
    trial: Trial, remarks: Iterable[Remark], tables: Mapping[tuple[str, str], LiveTable], graph: RevisionGraph
) -> tuple[PlannedRevision, ...]:
    """The revisions with everything that is known of them; `remarks` count the statements of all of them through."""
    by_statement: dict[int, list[Remark]] = {}
    for remark in remarks:
        by_statement.setdefault(remark.statement, []).append(remark)
    assembler = Assembler(trial.relations, tables)
    planned, begun = [], 0
    for tried in trial.revisions:
        own = [by_statement.get(begun + place, []) for place in range(len(tried.statements))]
        known = graph.find(tried.revision)
        planned.append(assembler.revision(tried, known.message if known else "", own))
        begun += len(tried.statements)
    return tuple(planned)


def _weight(live: LiveTable | None) -> Weight:
    return Weight(live.size_bytes, live.rows or 0) if live else Weight()
