"""The pending revisions, run one after the other on the scratch database, every statement watched."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from alphanest_db.database.connect import connect
from alphanest_db.database.engine import single_engine
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError
from alphanest_db.schema.alembic_bridge import alembic_config, translated
from alphanest_db.schema.planning.facts import ObservedStatement
from alphanest_db.schema.planning.session_settings import SessionSettings, apply_settings
from alphanest_db.schema.planning.snapshot import Snapshot
from alphanest_db.schema.planning.tracing import Tracer
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
    timeout_seconds: int,
) -> Trial:  # fmt: skip
    """Run the revisions up to the first that fails."""
    raw = connect(scratch, timeout_seconds=timeout_seconds, application_name=APPLICATION_NAME, autocommit=True)
    with contextlib.closing(raw), single_engine(raw).connect() as connection:
        apply_settings(raw, settings)
        tracer = Tracer(raw, scratch)
        relations = tracer.relations
        tracer.listen(connection.engine)
        raw.autocommit = False
        tried = _run(connection, tracer, folder, graph, revisions)
        notes = _old_server(raw.server_version) + tuple(_not_run(sql) for sql in tracer.skipped)
        return Trial(relations, tried, notes)


def _run(
    connection: Connection, tracer: Tracer, folder: Path, graph: RevisionGraph, revisions: tuple[str, ...]
) -> tuple[TriedRevision, ...]:
    tried: list[TriedRevision] = []
    for revision in revisions:
        begun = len(tracer.statements)
        error = None
        try:
            with translated(graph):
                command.upgrade(alembic_config(folder, connection=connection), revision)
        except AlphanestError as failure:
            error = f"{failure.message}: {_first_line(tracer.last)}"
        except Exception as failure:  # a revision is anybody's Python, and what it raises is an answer to the question
            error = f"a migration failed: {type(failure).__name__}: {_first_line(str(failure))}"
        tried.append(TriedRevision(revision, tuple(tracer.statements[begun:]), error))
        if error:
            break
    return tuple(tried)


def _old_server(version: int) -> tuple[str, ...]:
    if version >= SCANS_SINCE:
        return ()
    return (f"scans: skipped: PostgreSQL {version // 10000} does not tell which tables a statement reads as a whole",)


def _not_run(sql: str) -> str:
    return f"not run, because it holds for the whole server and not for one database: {_first_line(sql)}"


def _first_line(sql: str) -> str:
    return next((line.strip() for line in sql.strip().splitlines() if line.strip()), "")
