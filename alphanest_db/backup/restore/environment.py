"""What a database serves is not forgotten when its contents are replaced, by a dump from development for example."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.admin import ensure_schema, read_environment, record_environment
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment


def environment_of(live: Target, *, timeout_seconds: int = 10) -> Environment | None:
    """What is recorded in the database that will be replaced."""
    with session(live, timeout_seconds=timeout_seconds) as connection:
        return read_environment(connection)


def keep_environment(connection: Connection, environment: Environment | None) -> tuple[str, ...]:
    """Record the stricter of that and the dump's in the restored database; in words where it is the dump's.

    Within a transaction as well as in autocommit mode. Raises psycopg2's InsufficientPrivilege.
    """
    if environment is None:
        return ()
    ensure_schema(connection)
    dumped = read_environment(connection)
    recorded = record_environment(connection, environment)
    if recorded == environment:
        return ()
    return (f"the dump comes from a {dumped} database, and the restored one counts as {recorded}",)
