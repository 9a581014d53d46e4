"""A downgrade tried on an empty copy of the live schema, and what it took away there, counted where the rows are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.target import Target
from alphanest_db.schema.downgrading.catalog import Catalog, Vanished, read_catalog, vanished
from alphanest_db.schema.downgrading.model import Dependent, Loss, LossKind, UnclearStatement
from alphanest_db.schema.history import Action
from alphanest_db.schema.observing.facts import ObservedStatement
from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.observing.snapshot import Snapshot
from alphanest_db.schema.planning.ground import rehearsing_ground
from alphanest_db.schema.planning.live import shown_name
from alphanest_db.schema.planning.trial import Trial, try_out
from alphanest_db.schema.revisions import RevisionGraph

_EMPTIES = re.compile(r"^\s*TRUNCATE\b", re.I)
_WRITES = re.compile(r"^\s*(DELETE|UPDATE|MERGE|WITH|DO|CALL|EXECUTE)\b", re.I)
# A revision may do something for each row that it reads, and the copy has none.
_READS = re.compile(r"^\s*SELECT\b", re.I)
_TABLES = ("table",)


@dataclass(frozen=True)
class Measured:
    """What was found, and why it would fail, if it would."""

    losses: tuple[Loss, ...]
    unclear: tuple[UnclearStatement, ...]
    error: str | None
    notes: tuple[str, ...]


def measure(
    target: Target, live: Connection, current: tuple[str, ...], revisions: tuple[str, ...], folder: Path, graph: RevisionGraph,
    home: Path, environ: Mapping[str, str], *, timeout_seconds: int,
) -> Measured:  # fmt: skip
    """Take the revisions back on a scratch database, and count in the live one, which is only read.

    Raises Refused, EmbeddedServerError, ProgramNotFound or MigrationFailed where there can be no copy of the schema.
    """
    with rehearsing_ground(target, live, current, folder, home, environ, timeout_seconds=timeout_seconds) as ground:
        with session(ground.target, timeout_seconds=timeout_seconds) as observer:
            before = read_catalog(observer)
        trial = try_out(
            ground.target,
            ground.settings,
            folder,
            graph,
            revisions,
            action=Action.downgrade,
            timeout_seconds=timeout_seconds,
        )
        with session(ground.target, timeout_seconds=timeout_seconds) as observer:
            after = read_catalog(observer)
    statements = [item for tried in trial.revisions for item in tried.statements]
    gone = dict.fromkeys([*vanished(before, after), *_emptied(statements, trial.relations)])
    tables = {(item.schema, item.table) for item in gone if item.column is None and item.kind is LossKind.dropped}
    losses = [_count(live, item, _Fate(before, after, tables)) for item in gone]
    error = next((f"{tried.revision}: {tried.error}" for tried in trial.revisions if tried.error), None)
    return Measured(
        tuple(loss for loss in losses if loss is not None),
        tuple(_unclear(statements, trial)),
        error,
        ground.notes + trial.notes,
    )


def _emptied(statements: Sequence[ObservedStatement], relations: Snapshot) -> Iterator[Vanished]:
    """The tables that TRUNCATE names, or reaches by CASCADE."""
    for item in statements:
        if _EMPTIES.match(item.sql):
            for effect in item.effects:
                if effect.kind in _TABLES and effect.held is LockMode.access_exclusive and effect.oid in relations:
                    yield Vanished(effect.schema, effect.name, None, LossKind.emptied)


def _unclear(statements: Sequence[ObservedStatement], trial: Trial) -> Iterator[UnclearStatement]:
    """What writes to tables that were there before, or reads them and so may lead to writing."""
    for item in statements:
        effects = [effect for effect in item.effects if effect.kind in _TABLES and effect.oid in trial.relations]
        locked = [effect for effect in effects if effect.lock]
        writes = [effect for effect in locked if effect.lock is LockMode.row_exclusive]
        if not _EMPTIES.match(item.sql) and (
            _WRITES.match(item.sql) or (_READS.match(item.sql) and locked) or (writes and not _inserts(item))
        ):
            tables = dict.fromkeys(shown_name(effect.schema, effect.name) for effect in writes or locked or effects)
            yield UnclearStatement(" ".join(item.sql.split()), tuple(tables))


def _inserts(item: ObservedStatement) -> bool:
    return bool(re.match(r"^\s*(INSERT|COPY)\b(?!.*\bDO\s+UPDATE\b)", item.sql, re.I | re.S))


@dataclass(frozen=True)
class _Fate:
    """What is there before and after, and the tables that go as a whole."""

    before: Catalog
    after: Catalog
    tables: set[tuple[str, str]]

    def dependents(self, live: Connection, item: Vanished) -> tuple[Dependent, ...]:
        """What uses it in the live database, without the keys of tables that go themselves."""
        with live.cursor() as cursor:
            parameters = {"schema": item.schema, "table": item.table, "column": item.column}
            cursor.execute(load_sql(__package__, "dependents"), parameters)
            return tuple(
                Dependent(kind, identity, (kind, identity) in self.before.objects - self.after.objects)
                for kind, identity, *owner in cursor
                if tuple(owner) not in self.tables
            )


def _count(live: Connection, item: Vanished, fate: _Fate) -> Loss | None:
    """What the live database holds of it; None where that is nothing, or it is not there."""
    counted = statement("count({})", name(item.column)) if item.column else statement("NULL")
    with live.cursor() as cursor:
        try:
            cursor.execute(statement("SELECT count(*), {} FROM {}", counted, name(item.schema, item.table)))
        except (errors.UndefinedTable, errors.UndefinedColumn):
            return None
        rows, values = cursor.fetchone() or (0, None)
    if not (rows if item.column is None else values):
        return None
    users = fate.dependents(live, item) if item.kind is LossKind.dropped else ()
    return Loss(shown_name(item.schema, item.table), item.column, item.kind, values, rows, users, item.to_type)
