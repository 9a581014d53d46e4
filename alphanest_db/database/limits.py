"""Time limits that a role or a database sets (ALTER ROLE … SET statement_timeout), and work that takes longer than they allow."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql


def lift_limits(connection: Connection, *, local: bool = False) -> None:
    """Let the session, or with `local` its transaction, take as long as it needs, as pg_dump and pg_restore do.

    Of a pooler's session only the transaction's limits are lifted: the next one to get it has nothing to do with us. For the
    session's, the connection must be in autocommit mode.
    """
    with connection.cursor() as cursor:
        values = {"local": local, "server_process": connection.info.backend_pid}
        cursor.execute(load_sql(__package__, "lift_limits"), values)
