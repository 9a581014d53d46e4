"""From what was seen before and after a statement to what the statement did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.observing.snapshot import Relation, SeenLock, Snapshot


class Source(StrEnum):
    """How we know of a lock."""

    observed = "observed"  # read from pg_locks while the statement had it
    documented = "documented"  # what the manual says, where it could not be watched


@dataclass(frozen=True)
class ObservedEffect:
    """What a statement did to one relation; `lock` is new, `held` is the strongest that its transaction has by then."""

    oid: int
    schema: str
    name: str
    kind: str
    lock: LockMode | None
    held: LockMode | None
    source: Source
    rewritten: bool
    scanned: bool


@dataclass(frozen=True)
class ObservedStatement:
    """One statement that ran; statements of one transaction share its number.

    `begun` and `ended` are what the tracer's stopwatch showed. `sampled` is set where the statement let its locks go before
    it returned: for how many seconds each relation was seen locked.
    """

    sql: str
    has_values: bool
    in_transaction: bool
    transaction: int
    effects: tuple[ObservedEffect, ...]
    begun: float
    ended: float
    sampled: Mapping[int, float] | None = None


def strongest(locks: Iterable[SeenLock]) -> dict[int, LockMode]:
    """The strongest mode on each relation.

    >>> strongest([SeenLock(1, LockMode.share), SeenLock(1, LockMode.access_share)])
    {1: <LockMode.share: 'SHARE'>}
    """
    found: dict[int, LockMode] = {}
    for lock in locks:
        if lock.oid not in found or lock.mode.strength > found[lock.oid].strength:
            found[lock.oid] = lock.mode
    return found


def effects_between(
    before: Snapshot, after: Snapshot, held: dict[int, LockMode], now: dict[int, LockMode], *, empties: bool,
    source: Source = Source.observed,
) -> tuple[ObservedEffect, ...]:  # fmt: skip
    """What changed: locks that are new or stronger, files, scans. `empties` says that new files are no copies (TRUNCATE).

    An index shows only where its lock is stronger than its table's, because reading a table locks its indexes too.
    """
    known = before | after
    effects = []
    for oid, relation in known.items():
        lock = _stronger(now.get(oid), held.get(oid))
        if lock and relation.index_of and not _index_matters(relation, lock, before, now):
            lock = None
        old, new = before.get(oid), after.get(oid)
        is_table = relation.kind in ("table", "materialized view")
        rewritten = bool(is_table and old and new and old.filenode != new.filenode and not empties)
        scanned = bool(is_table and new and new.scans > (old.scans if old else 0))
        if lock or rewritten or scanned:
            named = old or relation
            effects.append(
                ObservedEffect(
                    oid, named.schema, named.name, named.kind, lock, now.get(oid), source, rewritten, scanned
                )
            )
    return tuple(sorted(effects, key=_weightiest_first))


def _stronger(now: LockMode | None, held: LockMode | None) -> LockMode | None:
    return now if now and (held is None or now.strength > held.strength) else None


def _index_matters(index: Relation, lock: LockMode, before: Snapshot, now: dict[int, LockMode]) -> bool:
    on_table = now.get(index.index_of)
    return index.oid in before and lock.blocks_writes and (on_table is None or lock.strength > on_table.strength)


def _weightiest_first(effect: ObservedEffect) -> tuple[int, str, str]:
    return (-(effect.lock.strength if effect.lock else -1), effect.schema, effect.name)
