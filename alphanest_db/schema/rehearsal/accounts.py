"""What the server counts of a session: how much it writes to the log, and into which tables."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

FLUSH_SINCE = 150000
PER_SESSION_SINCE = 180000
WHOLE_SERVER = (
    "WAL is what the whole server wrote meanwhile, other databases included: PostgreSQL 18 tells it per session"
)
_OF_SESSION = "SELECT wal_bytes::bigint FROM pg_catalog.pg_stat_get_backend_wal(%s)"
_OF_SERVER = "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::bigint"


def hand_over(worker: Connection) -> None:
    """Make the session tell others at once what it counted; it does so at the end of a transaction, which must not be open."""
    if worker.server_version >= FLUSH_SINCE:
        worker.rollback()
        with worker.cursor() as cursor:
            cursor.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
        worker.rollback()


def read_wal_bytes(worker: Connection, observer: Connection) -> int:
    """What the worker has written so far, by its own account, or how far the server's log has come.

    Only the difference of two readings means something. The observer must be in autocommit mode.
    """
    with observer.cursor() as cursor:
        if worker.server_version >= PER_SESSION_SINCE:
            cursor.execute(_OF_SESSION, (worker.info.backend_pid,))
        else:
            cursor.execute(_OF_SERVER)
        row = cursor.fetchone()
        return int(row[0]) if row and row[0] is not None else 0
