"""From what was seen in a step to what is told of it."""

from collections import defaultdict
from collections.abc import Iterator

from alphanest_db.schema.observing.facts import ObservedEffect, ObservedStatement, Source
from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.planning.live import shown_name
from alphanest_db.schema.rehearsal.contents import Contents, TableKey
from alphanest_db.schema.rehearsal.model import Direction, HeldLock, Step, TableWork, TimedStatement
from alphanest_db.schema.rehearsal.stage import Performed

_Hold = tuple[LockMode, float, Source]


def step_of(performed: Performed, direction: Direction, message: str, before: Contents, after: Contents) -> Step:
    """The step, the tables that matter most first."""
    tables = sorted(_tables(performed, before, after), key=_weightiest_first)
    statements = tuple(TimedStatement(s.sql, s.ended - s.begun) for s in performed.statements)
    return Step(
        direction, performed.revision, message, performed.duration_seconds, performed.wal_bytes, tuple(tables), statements,
        performed.error,
    )  # fmt: skip


def _tables(performed: Performed, before: Contents, after: Contents) -> Iterator[TableWork]:
    effects: dict[tuple[TableKey, str], list[tuple[ObservedStatement, ObservedEffect]]] = defaultdict(list)
    for statement in performed.statements:
        for effect in statement.effects:
            if effect.lock or effect.rewritten:  # scans are ours too: they are counted for whoever makes them
                effects[(effect.schema, effect.name), effect.kind].append((statement, effect))
    for (key, kind), seen in effects.items():
        is_new = all(effect.oid not in performed.relations for _statement, effect in seen)
        holds = [] if is_new else list(_holds(performed, seen))
        rewritten = any(effect.rewritten for _statement, effect in seen) and not is_new
        yield TableWork(shown_name(*key), kind, _locks(holds), rewritten, _rows(before, key), _rows(after, key))
    unseen = {key for key in before.keys() | after.keys() if _rows(before, key) != _rows(after, key)}
    for key in sorted(unseen - {key for key, _kind in effects}):
        yield TableWork(shown_name(*key), "table", (), False, _rows(before, key), _rows(after, key))


def _holds(performed: Performed, seen: list[tuple[ObservedStatement, ObservedEffect]]) -> Iterator[_Hold]:
    """Each time that a lock was taken: how long until it was let go."""
    for statement, effect in seen:
        if effect.lock is None:
            continue
        if statement.sampled is not None:
            seconds = statement.sampled.get(effect.oid, statement.ended - statement.begun)
        else:
            seconds = performed.ends.get(statement.transaction, statement.ended) - statement.begun
        yield effect.lock, seconds, effect.source


def _locks(holds: list[_Hold]) -> tuple[HeldLock, ...]:
    """One for each mode, the strongest first."""
    by_mode: dict[LockMode, list[_Hold]] = defaultdict(list)
    for hold in holds:
        by_mode[hold[0]].append(hold)
    return tuple(
        HeldLock(mode, max(hold[1] for hold in same), sum(hold[1] for hold in same), same[0][2])
        for mode, same in sorted(by_mode.items(), key=lambda item: -item[0].strength)
    )


def _rows(contents: Contents, key: TableKey) -> int | None:
    return contents[key].rows if key in contents else None


def _weightiest_first(work: TableWork) -> tuple[int, float, str]:
    strongest = work.locks[0] if work.locks else None
    return -strongest.mode.strength if strongest else 1, -strongest.longest_seconds if strongest else 0.0, work.table
