"""Are the files of the applied migrations what was run?"""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.schema.history import MigrationRecord, RevisionFile, read_applied, still_applied
from alphanest_db.schema.revisions import RevisionGraph
from alphanest_db.schema.status import read_current


@dataclass(frozen=True)
class ChangedRevision:
    """A revision file that is not what was applied; `state` is changed or missing."""

    revision: str
    message: str
    state: str
    applied_at: datetime
    applied_by: str


def find_changed(connection: Connection, graph: RevisionGraph) -> list[ChangedRevision]:
    """Revisions that are applied now and whose files were changed since, or are gone; reads only."""
    records = still_applied(read_applied(connection), graph, read_current(connection))
    states = [(record, _state(record, graph)) for record in records]
    return [
        ChangedRevision(record.revision, record.message, state, record.finished_at, record.by)
        for record, state in states
        if state
    ]


def _state(record: MigrationRecord, graph: RevisionGraph) -> str | None:
    revision = graph.find(record.revision)
    if revision is None:
        return "missing"
    return None if RevisionFile.read(revision.path).checksum == record.checksum else "changed"
