"""How far a load has come, asked of the server: pg_restore does not tell."""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import cut
from alphanest_db.database.identifiers import load_sql

_ANSWER_SECONDS = 10.0


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
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="watch")
        self._asked: Future[object] | None = None

    def __enter__(self) -> "LoadWatch":
        """What is asked for on leaving is not waited for."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of a server that has not answered."""
        if self._asked and not self._asked.done():
            cut(self._connection)
        self._asking.shutdown()

    def __call__(self) -> object:
        """A value that changes while anything goes on: rows come, or the server builds an index or checks a constraint."""
        self._asked = self._asked or self._asking.submit(self._ask)
        with contextlib.suppress(TimeoutError):
            answer = self._asked.result(_ANSWER_SECONDS)
            self._asked = None
            return answer
        return None

    def _ask(self) -> object:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(load_sql(__package__, "loading"))
                [(size_bytes, tables, rows, at_work)] = cursor.fetchall()
        except psycopg2.Error:
            return None  # the load itself will say what is wrong
        self._report(LoadProgress(size_bytes, tables))
        return time.monotonic() if at_work else (size_bytes, tables, rows)
