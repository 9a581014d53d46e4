"""The copy with a session that is watched and one that looks on: revisions are run here, one at a time."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 - psycopg2 names its class in lower case
from sqlalchemy import Connection

from alphanest_db.database.connect import connect, session
from alphanest_db.database.engine import single_engine
from alphanest_db.database.target import Target
from alphanest_db.schema.environment import prepare_session
from alphanest_db.schema.history import Action
from alphanest_db.schema.observing.facts import ObservedStatement
from alphanest_db.schema.observing.running import run_watched
from alphanest_db.schema.observing.sampling import sampled
from alphanest_db.schema.observing.session_settings import SessionSettings, apply_settings
from alphanest_db.schema.observing.snapshot import Snapshot
from alphanest_db.schema.observing.tracing import Tracer
from alphanest_db.schema.rehearsal.accounts import hand_over, read_wal_bytes
from alphanest_db.schema.rehearsal.contents import pin_settings
from alphanest_db.schema.rehearsal.copying import APPLICATION_NAME
from alphanest_db.schema.revisions import RevisionGraph


@dataclass(frozen=True)
class Performed:
    """One revision as it went; `relations` are those before it, `ends` when each of its transactions was over."""

    revision: str
    statements: tuple[ObservedStatement, ...]
    relations: Snapshot
    ends: dict[int, float]
    duration_seconds: float
    wal_bytes: int
    error: str | None


@dataclass(frozen=True)
class Stage:
    """Where it is played; `observer` is in autocommit mode, with settings pinned for reading contents."""

    copy: Target
    observer: PsycopgConnection
    tracer: Tracer
    folder: Path
    graph: RevisionGraph
    _raw: PsycopgConnection
    _connection: Connection

    def perform(self, action: Action, revision: str, goal: str) -> Performed:
        """Run one revision up or down, to where Alembic calls it `goal`."""
        tracer = self.tracer
        begun, known, relations = tracer.stopwatch.seconds, len(tracer.statements), tracer.relations_now
        hand_over(self._raw)
        wal_bytes = read_wal_bytes(self._raw, self.observer)
        error = run_watched(action, self._connection, tracer, self.folder, self.graph, goal)
        tracer.finish()
        ended = tracer.stopwatch.seconds
        statements = tuple(tracer.statements[known:])
        hand_over(self._raw)
        wal_bytes = read_wal_bytes(self._raw, self.observer) - wal_bytes
        begun = statements[0].begun if statements else ended  # before that Alembic reads its files
        return Performed(revision, statements, relations, dict(tracer.ends), ended - begun, wal_bytes, error)


@contextlib.contextmanager
def stage_on(
    copy: Target, settings: SessionSettings, folder: Path, graph: RevisionGraph, *, timeout_seconds: int
) -> Iterator[Stage]:
    """A stage on the copy, in sessions that behave as on the target."""
    raw = connect(copy, timeout_seconds=timeout_seconds, application_name=APPLICATION_NAME, autocommit=True)
    with (
        contextlib.closing(raw),
        single_engine(raw).connect() as connection,
        session(copy, timeout_seconds=timeout_seconds, application_name=APPLICATION_NAME) as observer,
    ):
        for each in (raw, observer):
            prepare_session(each, lock_timeout_seconds=0, statement_timeout_seconds=0)
        apply_settings(raw, settings)
        pin_settings(observer)
        tracer = Tracer(raw, copy, watch=sampled)
        tracer.listen(connection.engine)
        raw.autocommit = False
        yield Stage(copy, observer, tracer, folder, graph, raw, connection)
