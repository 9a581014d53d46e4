"""What the relations of the scratch database are at one moment, and which locks a session has on them."""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.schema.observing.modes import LockMode, mode_of

_KINDS = {
    "r": "table", "p": "table", "f": "foreign table", "m": "materialized view", "v": "view", "S": "sequence",
    "i": "index", "I": "index",
}  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A relation; `filenode` changes when it is rewritten, `scans` grows when it is read as a whole."""

    oid: int
    schema: str
    name: str
    kind: str
    filenode: int
    index_of: int
    scans: int


Snapshot = dict[int, Relation]


@dataclass(frozen=True)
class SeenLock:
    """A lock on a relation; one that is waited for counts as well, since it will be had."""

    oid: int
    mode: LockMode
    granted: bool = True


# The locks of a statement that was watched from outside, and for how many seconds each was seen.
WatchedLocks = dict[SeenLock, float]


def take_snapshot(connection: Connection) -> Snapshot:
    """The relations by oid, as the connection's transaction sees them."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "relations"))
        return {
            oid: Relation(oid, schema, name, _KINDS[kind], filenode, index_of, scans)
            for oid, schema, name, kind, filenode, index_of, scans in cursor
        }


def read_locks(connection: Connection, pid: int) -> frozenset[SeenLock]:
    """The locks on relations of the backend `pid`, as the server has them now."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "locks"), {"pid": pid})
        return frozenset(SeenLock(oid, mode_of(mode), granted) for oid, mode, granted in cursor)
