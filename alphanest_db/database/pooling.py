"""Is there a connection pooler in between that lends a session out for one transaction at a time?"""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused

_SAMPLES = 3


def refuse_transaction_pooling(target: Target, connection: Connection, *, timeout_seconds: int = 10) -> None:
    """Raises Refused where session locks and settings would mean nothing, as behind PgBouncer in transaction mode.

    The connection must be in autocommit mode. Costs one statement where there is no pooler.
    """
    if _server_process(connection) == connection.info.backend_pid:
        return  # a pooler answers with a number of its own, the server with that of its process
    with session(target, timeout_seconds=timeout_seconds) as other:
        samples = [(_server_process(connection), _server_process(other)) for _ in range(_SAMPLES)]
    shared = any(ours == theirs for ours, theirs in samples)
    wandering = len({ours for ours, _theirs in samples}) > 1
    if shared or wandering:
        raise Refused(
            "a connection pooler in transaction mode is between us and the server, and session locks mean nothing behind it",
            "Take a direct connection to PostgreSQL, or a pool in session mode.",
        )


def _server_process(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_backend_pid()")
        row = cursor.fetchone()
        return int(row[0]) if row else 0
