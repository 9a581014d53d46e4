"""The statements that are asked of the staged records: planned once for many files, not anew for each."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.folding import folding
from alphanest_db.database.identifiers import literal, load_sql, name, statement

_AT_ONCE = 2000
_BETWEEN = ";\n\n"  # in our .sql files, an empty line follows each statement but the last

# Any in this file: whatever the columns hold.


class Questions:
    """Asks what stands in the .sql files beside this module; `values` are put in as literals.

    Planning them takes longer than answering them for a small file. PostgreSQL plans a prepared statement again where one of its
    tables was analyzed or truncated, as the staging tables are before and after a large file. What is streamed comes at once
    where `are_few` is set.
    """

    def __init__(self, connection: Connection, values: Mapping[str, str]) -> None:
        self._connection = connection
        self._parts = {"fold": folding(connection)} | {key: literal(value) for key, value in values.items()}
        self._prepared: dict[str, str] = {}
        self.are_few = False

    def ask(self, *questions: str) -> None:
        """Run the statements of these files, one after the other."""
        self._execute("; ".join(map(self._ready, questions)))

    def answers(self, question: str) -> list[tuple[Any, ...]]:
        """The rows that a question gives."""
        with self._connection.cursor() as cursor:
            cursor.execute(self._ready(question))
            return cursor.fetchall()

    def ask_once(self, question: str) -> None:
        """Run the statements of a file that is not asked for often."""
        self._execute(self._statement(load_sql(__package__, question)))

    def stream(self, question: str) -> Iterator[tuple[Any, ...]]:
        """The same, a few thousand rows at a time; planned anew, as cursors have to be."""
        if self.are_few:
            yield from self.answers(question)
            return
        with self._connection.cursor(f"import_{secrets.token_hex(4)}") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(self._statement(load_sql(__package__, question)))
            yield from cursor

    def _ready(self, question: str) -> str:
        """What executes the statements of a file, which are prepared when it is called for the first time."""
        if question not in self._prepared:
            statements = load_sql(__package__, question).split(_BETWEEN)
            names = [name(f"import_{question}_{number}") for number in range(len(statements))]
            for called, text in zip(names, statements, strict=True):
                self._execute(statement("PREPARE {} AS {}", called, self._statement(text)))
            executing = sql.SQL("; ").join(statement("EXECUTE {}", called) for called in names)
            self._prepared[question] = executing.as_string(self._connection)
        return self._prepared[question]

    def _statement(self, text: str) -> sql.Composed:
        return statement(text, **self._parts)

    def _execute(self, query: str | sql.Composed) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
