"""How much a session writes to the log: by the session's own account, else by how far the server's log has come."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

PER_SESSION_SINCE = 180000
WHOLE_SERVER = (
    "WAL is what the whole server wrote meanwhile, other databases included: PostgreSQL 18 tells it per session"
)
_OF_SESSION = "SELECT wal_bytes::bigint FROM pg_catalog.pg_stat_get_backend_wal(%s)"
_OF_SERVER = "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::bigint"


def read_wal_bytes(worker: Connection, observer: Connection) -> int:
    """What the worker has written so far; only the difference of two readings means something.

    The worker must be between transactions; the observer must be in autocommit mode.
    """
    if worker.server_version >= PER_SESSION_SINCE:
        with worker.cursor() as cursor:
            cursor.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
        worker.rollback()  # a session hands its account over at the end of a transaction
    with observer.cursor() as cursor:
        if worker.server_version >= PER_SESSION_SINCE:
            cursor.execute(_OF_SESSION, (worker.info.backend_pid,))
        else:
            cursor.execute(_OF_SERVER)
        row = cursor.fetchone()
        return int(row[0]) if row and row[0] is not None else 0
