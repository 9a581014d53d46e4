"""Who puts rows in: one who writes each down so that it can be undone, or one whose transaction is rolled back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import name, statement
from alphanest_db.journal.shape import Shape
from alphanest_db.journal.writing import Chosen, Recording
from alphanest_db.seeding.sets.tables import listed

_INSERT = "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE {query}"
_UPDATE = "UPDATE {source} AS t SET {assignments} FROM ({query}) AS c WHERE t.tableoid = c._table AND t.ctid = c._place"


class Hand(Protocol):
    """Puts rows in."""

    @property
    def run(self) -> int | None:
        """The number by which it can be undone, None where nothing was put in or nothing is written down."""
        ...

    def insert(self, shape: Shape, columns: Sequence[str], query: sql.Composable, reason: str) -> int:
        """Put in what the query yields; how many."""
        ...

    def update(self, chosen: Chosen, columns: Sequence[str], reason: str) -> int:
        """Give the chosen rows the query's values; how many."""
        ...


@dataclass
class RecordingHand:
    """Begins a run with the first row; `run` is its number, None where there was none."""

    begin: Callable[[], Recording]
    run: int | None = field(default=None, init=False)

    def insert(self, shape: Shape, columns: Sequence[str], query: sql.Composable, reason: str) -> int:
        """As `Recording.insert`."""
        return self._recording.insert(shape, columns, query, reason)

    def update(self, chosen: Chosen, columns: Sequence[str], reason: str) -> int:
        """As `Recording.update`."""
        return self._recording.update(chosen, columns, reason)

    @cached_property
    def _recording(self) -> Recording:
        recording = self.begin()
        self.run = recording.id
        return recording


@dataclass(frozen=True)
class PlainHand:
    """Writes nothing down: for a plan, and for a role that may not make the journal."""

    connection: Connection
    run: int | None = field(default=None, init=False)

    def insert(self, shape: Shape, columns: Sequence[str], query: sql.Composable, reason: str) -> int:
        """Put in what the query yields; how many."""
        return self._execute(_INSERT, table=shape.quoted, columns=listed(map(name, columns)), query=query)

    def update(self, chosen: Chosen, columns: Sequence[str], reason: str) -> int:
        """Give the chosen rows the query's values; how many."""
        assignments = listed(statement("{0} = c.{0}", name(column)) for column in columns)
        return self._execute(_UPDATE, source=chosen.shape.source, assignments=assignments, query=chosen.query)

    def _execute(self, text: str, **parts: sql.Composable) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(statement(text, **parts))
            return int(cursor.rowcount)
