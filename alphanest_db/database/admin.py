"""The tool's own schema in a database, `alphanest_admin`: made on demand, so that `public` stays the platform's."""

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.settings import Environment

SCHEMA = "alphanest_admin"


def read_environment(connection: Connection) -> Environment | None:
    """The environment recorded in this database; production where there is a record that may not be read.

    The connection must be in autocommit mode.
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT value FROM alphanest_admin.facts WHERE name = 'environment'")
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return None
        except errors.InsufficientPrivilege:
            return Environment.production
        row = cursor.fetchone()
        return Environment(row[0]) if row and row[0] in set(Environment) else None


def record_environment(connection: Connection, environment: Environment) -> Environment:
    """Record the environment, unless a stricter one is recorded; returns what is recorded then.

    The connection must be in autocommit mode. Raises psycopg2's InsufficientPrivilege where the role may not make a schema.
    """
    recorded = read_environment(connection)
    strictest = environment.stricter(recorded)
    if strictest != recorded:
        with connection.cursor() as cursor:
            ensure_schema(connection)
            cursor.execute(load_sql(__package__, "record_fact"), {"name": "environment", "value": strictest.value})
    return strictest


def ensure_schema(connection: Connection) -> None:
    """Make the tool's schema where it is missing; the connection must be in autocommit mode.

    Two at once both see that it is missing; the second one's complaint is no news.
    Raises psycopg2's InsufficientPrivilege where the role may not.
    """
    with connection.cursor() as cursor:
        for _attempt in range(3):
            try:
                cursor.execute(load_sql(__package__, "admin_schema"))
            except (errors.UniqueViolation, errors.DuplicateSchema, errors.DuplicateTable):
                continue
            except psycopg2.InternalError:  # tuple concurrently updated
                continue
            return
