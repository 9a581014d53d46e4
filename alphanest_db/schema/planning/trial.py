"""The pending revisions, run one after the other on the scratch database, every statement watched."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from alphanest_db.database.connect import connect
from alphanest_db.database.engine import single_engine
from alphanest_db.database.target import Target
from alphanest_db.schema.alembic_bridge import goal_below
from alphanest_db.schema.history import Action
from alphanest_db.schema.observing.facts import ObservedStatement
from alphanest_db.schema.observing.running import not_run_notes, run_watched
from alphanest_db.schema.observing.session_settings import SessionSettings, apply_settings
from alphanest_db.schema.observing.snapshot import Snapshot
from alphanest_db.schema.observing.tracing import Tracer
from alphanest_db.schema.revisions import RevisionGraph

APPLICATION_NAME = "alphanest plan"
SCANS_SINCE = 150000


@dataclass(frozen=True)
class TriedRevision:
    """What a revision ran; `error` is why it failed, and then it is the last."""

    revision: str
    statements: tuple[ObservedStatement, ...]
    error: str | None


@dataclass(frozen=True)
class Trial:
    """The relations before the first revision, the revisions that were tried, and what could not be."""

    relations: Snapshot
    revisions: tuple[TriedRevision, ...]
    notes: tuple[str, ...]


def try_out(
    scratch: Target, settings: SessionSettings, folder: Path, graph: RevisionGraph, revisions: tuple[str, ...], *,
    action: Action = Action.upgrade, timeout_seconds: int,
) -> Trial:  # fmt: skip
    """Apply the revisions, or take them back, up to the first that fails."""
    raw = connect(scratch, timeout_seconds=timeout_seconds, application_name=APPLICATION_NAME, autocommit=True)
    with contextlib.closing(raw), single_engine(raw).connect() as connection:
        apply_settings(raw, settings)
        tracer = Tracer(raw, scratch)
        relations = tracer.relations
        tracer.listen(connection.engine)
        raw.autocommit = False
        tried = _run(action, connection, tracer, folder, graph, revisions)
        notes = _old_server(raw.server_version) + not_run_notes(tracer)
        return Trial(relations, tried, notes)


def _run(
    action: Action,
    connection: Connection,
    tracer: Tracer,
    folder: Path,
    graph: RevisionGraph,
    revisions: tuple[str, ...],
) -> tuple[TriedRevision, ...]:
    tried: list[TriedRevision] = []
    for revision in revisions:
        begun = len(tracer.statements)
        goal = goal_below(graph, revision) if action is Action.downgrade else revision
        error = run_watched(action, connection, tracer, folder, graph, goal)
        tried.append(TriedRevision(revision, tuple(tracer.statements[begun:]), error))
        if error:
            break
    return tuple(tried)


def _old_server(version: int) -> tuple[str, ...]:
    if version >= SCANS_SINCE:
        return ()
    return (f"scans: skipped: PostgreSQL {version // 10000} does not tell which tables a statement reads as a whole",)
