"""Is it the database that is missing? Asked in another database of the server, whatever language its messages are in."""

import contextlib
from collections.abc import Mapping
from typing import Any

import psycopg2

# Where one connects to make, drop or look for another database; hosted services lack one or the other.
MAINTENANCE_DATABASES = ("postgres", "template1")
_QUERY = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"


def is_missing(parameters: Mapping[str, Any]) -> bool:  # Any: whatever libpq takes
    """True where the server that `parameters` lead to lets us in and has no database of that name.

    libpq gives no SQLSTATE before a session stands, and the server's words follow its lc_messages.
    """
    wanted = parameters["dbname"]
    for database in MAINTENANCE_DATABASES:
        if database != wanted:
            with contextlib.suppress(psycopg2.Error):
                return not _exists(wanted, {**parameters, "dbname": database})
    return False


def _exists(database: str, parameters: Mapping[str, Any]) -> bool:  # Any: as above
    with contextlib.closing(psycopg2.connect(**parameters)) as connection, connection.cursor() as cursor:
        cursor.execute(_QUERY, (database,))
        return cursor.fetchone() is not None
