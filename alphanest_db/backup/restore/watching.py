"""How far a load has come, asked of the server: pg_restore does not tell."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql


@dataclass(frozen=True)
class LoadProgress:
    """What there is of the new database by now."""

    size_bytes: int
    tables: int


LoadReport = Callable[[LoadProgress], None]


class LoadWatch:
    """Asks over a connection of its own, in autocommit mode, to the database that is being loaded."""

    def __init__(self, connection: Connection, report: LoadReport) -> None:
        self._connection = connection
        self._report = report

    def __call__(self) -> object:
        """A value that changes while anything goes on: rows come, or the server builds an index or checks a constraint."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(load_sql(__package__, "loading"))
                [(size_bytes, tables, rows, at_work)] = cursor.fetchall()
        except psycopg2.Error:
            return None  # the load itself will say what is wrong
        self._report(LoadProgress(size_bytes, tables))
        return time.monotonic() if at_work else (size_bytes, tables, rows)
