"""The plan of a downgrade: tried on an empty copy of the schema, and what goes is counted in the live database."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, EmbeddedServerError, MigrationFailed, ProgramNotFound, Refused
from alphanest_db.schema.alembic_bridge import downgrade_steps
from alphanest_db.schema.downgrading.by_statements import read_statements, statements_of
from alphanest_db.schema.downgrading.measured import Measured, measure
from alphanest_db.schema.downgrading.model import DowngradePlan
from alphanest_db.schema.revisions import RevisionGraph, read_revisions
from alphanest_db.schema.status import read_current

# Why there can be no copy to try it on; whatever else goes wrong is no answer and rises.
_NO_COPY = (Refused, DatabaseUnreachable, EmbeddedServerError, ProgramNotFound, MigrationFailed)


@dataclass(frozen=True)
class Workplace:
    """Where scratch databases are made: beside the target, else on the embedded server in `home`."""

    target: Target
    home: Path
    environ: Mapping[str, str]
    timeout_seconds: int = 10


def plan_downgrade(connection: Connection, folder: Path, revision: str, workplace: Workplace) -> DowngradePlan:
    """What a downgrade to `revision` would do; reads the tables and columns that it would take away.

    The connection is to the workplace's target, in autocommit mode. Raises UnknownRevision.
    """
    graph = read_revisions(folder)
    current = read_current(connection)
    revisions = downgrade_steps(folder, graph, current, revision)
    if not revisions:
        return DowngradePlan(current, (), revision, (), ())
    last = graph.find(revisions[-1])
    goal = (last.down_revisions if last else ())[:1] or ("base",)
    try:
        found = _measure(connection, current, revisions, folder, graph, workplace)
    except _NO_COPY as error:
        losses, unclear = read_statements(connection, statements_of(folder, graph, revisions))
        note = f"only the statements were read, because there is no copy of the schema to try them on: {error.message}"
        return DowngradePlan(current, revisions, goal[0], losses, unclear, measured=False, notes=(note,))
    return DowngradePlan(current, revisions, goal[0], found.losses, found.unclear, found.error, notes=found.notes)


def _measure(
    connection: Connection, current: tuple[str, ...], revisions: tuple[str, ...], folder: Path, graph: RevisionGraph,
    workplace: Workplace,
) -> Measured:  # fmt: skip
    return measure(
        workplace.target, connection, current, revisions, folder, graph, workplace.home, workplace.environ,
        timeout_seconds=workplace.timeout_seconds,
    )  # fmt: skip
