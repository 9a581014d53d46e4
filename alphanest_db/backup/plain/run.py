"""One statement of a plain dump after the other, each handled as its kind wants it."""

from collections.abc import Collection
from typing import assert_never

import psycopg2
from psycopg2 import errorcodes
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.plain.copy_data import CopyData
from alphanest_db.backup.plain.frame import cut_off
from alphanest_db.backup.plain.lexer import Statement
from alphanest_db.backup.plain.report import ABOUT_DATABASE, PlainProgress, PlainReport, Skipped, ViolatedKey
from alphanest_db.backup.plain.server_errors import not_restored
from alphanest_db.backup.plain.source import BLOCK_BYTES, Source
from alphanest_db.backup.plain.statements import KEYED_TABLE, Kind, beginning
from alphanest_db.backup.plain.window import Window
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.unprinted import unprinted
from alphanest_db.errors import RefusedDump

# What a newer pg_dump sets, and the first server that knows it.
_SETTINGS_SINCE = {b"SET transaction_timeout = 0;": 170_000}
_GATHERED_BYTES = 1 << 16
_WITHIN_AUTHORIZATION = frozenset({Kind.privileges, Kind.end_of_authorization})
_MISSING_ROLE = frozenset({errorcodes.UNDEFINED_OBJECT})
_NOT_OURS_TO_GIVE = frozenset({errorcodes.UNDEFINED_OBJECT, errorcodes.INSUFFICIENT_PRIVILEGE})
_NO_SUCH_KEY = frozenset(
    {errorcodes.FEATURE_NOT_SUPPORTED, errorcodes.WRONG_OBJECT_TYPE, errorcodes.FOREIGN_KEY_VIOLATION}
)


class StatementRunner:
    """Runs statements, and remembers what came of them."""

    def __init__(self, cursor: Cursor, source: Source, window: Window, progress: PlainProgress) -> None:
        self._cursor = cursor
        self._source = source
        self._window = window
        self._progress = progress
        self._among_large_objects = False  # between BEGIN and COMMIT
        self._as_somebody = False  # between SET and RESET SESSION AUTHORIZATION
        self._inserts: list[Statement] = []
        self._inserts_bytes = 0
        self._statements = self._rows = 0
        self._skipped: list[Skipped] = []
        self._violated: list[ViolatedKey] = []

    def ask(self, query: str) -> object:
        """The one value that a query of ours gives."""
        self._cursor.execute(query)
        row = self._cursor.fetchone()
        return row[0] if row else None

    def run(self, statement: Statement, kind: Kind) -> None:
        """Run or skip one; an INSERT may wait for `flush`. Raises RefusedDump and DumpNotRestored."""
        self._refuse_in_wrong_place(statement, kind)
        try:
            self._handle(statement, kind)
        except psycopg2.Error as error:
            raise not_restored(error, statement.line, beginning(statement.text)) from error

    def flush(self) -> None:
        """Run the INSERTs that were gathered, in one message to the server."""
        gathered, self._inserts, self._inserts_bytes = self._inserts, [], 0
        if gathered:
            self._progress(self._source.read_bytes, beginning(gathered[0].text))
            try:
                self._cursor.execute(b"\n".join(statement.text for statement in gathered))
            except psycopg2.Error as error:
                what = f"{beginning(gathered[0].text)}, or one up to line {gathered[-1].line}"
                raise not_restored(error, gathered[0].line, what) from error
            self._statements += len(gathered)

    def end(self) -> None:
        """The file ends. Raises RefusedDump within what has two ends."""
        self.flush()
        if self._among_large_objects or self._as_somebody:
            raise cut_off(self._window.line)

    def report(self) -> PlainReport:
        """What came of all."""
        return PlainReport(self._statements, self._rows, tuple(self._skipped), tuple(self._violated))

    def _refuse_in_wrong_place(self, statement: Statement, kind: Kind) -> None:
        expected = kind is Kind.commit or kind is Kind.large_object
        if self._among_large_objects != expected or (self._as_somebody and kind not in _WITHIN_AUTHORIZATION):
            raise RefusedDump(
                f"line {statement.line} of the dump holds {beginning(statement.text)} where pg_dump does not write it",
                statement.line, "Restore a dump as pg_dump wrote it: all of it is one transaction.",
            )  # fmt: skip

    def _handle(self, statement: Statement, kind: Kind) -> None:
        match kind:
            case Kind.plain | Kind.large_object:
                self._execute(statement)
            case Kind.insert:
                self._gather(statement)
            case Kind.copy:
                self._copy(statement)
            case Kind.setting:
                self._set(statement)
            case Kind.foreign_key:
                self._add_key(statement)
            case Kind.owner:
                self._attempt(statement, _NOT_OURS_TO_GIVE, "that role is missing here, or may not be given to")
            case Kind.privileges:
                self._attempt(statement, _MISSING_ROLE, "that role is missing here")
            case Kind.public_schema:
                self._attempt(statement, {errorcodes.DUPLICATE_SCHEMA}, "it is there")
            case Kind.database:
                self._skip(statement, ABOUT_DATABASE)
            case Kind.begin | Kind.commit:
                self._among_large_objects = kind is Kind.begin
            case Kind.authorization | Kind.end_of_authorization:
                self._as_somebody = kind is Kind.authorization
                self._skip(statement, "the owner grants it instead")
            case _:
                assert_never(kind)

    def _execute(self, statement: Statement) -> None:
        self._progress(self._source.read_bytes, "")
        self._cursor.execute(statement.text)
        self._statements += 1

    def _gather(self, statement: Statement) -> None:
        self._inserts.append(statement)
        self._inserts_bytes += len(statement.text)
        if self._inserts_bytes > _GATHERED_BYTES:
            self.flush()

    def _set(self, statement: Statement) -> None:
        if self._cursor.connection.server_version < _SETTINGS_SINCE.get(statement.text, 0):
            self._skip(statement, "this server is older than that setting")
        else:
            self._execute(statement)

    def _copy(self, statement: Statement) -> None:
        table = beginning(statement.text).removeprefix("COPY ")
        begun = self._window.hand_over()
        if not begun.startswith(b"\n"):
            raise RefusedDump(f"line {statement.line} of the dump goes on behind its COPY", statement.line)
        data = CopyData(self._source, begun, lambda: self._progress(self._source.read_bytes, table))
        try:
            with unprinted():
                self._cursor.copy_expert(statement.text, data, BLOCK_BYTES)  # type: ignore[arg-type] # it never calls readline
        except psycopg2.Error:
            if data.failure:
                raise data.failure from None
            raise
        if not data.is_complete:
            raise cut_off(statement.line + data.lines)
        self._window.take_back(data.rest, data.lines)
        self._statements += 1
        self._rows += self._cursor.rowcount

    def _add_key(self, statement: Statement) -> None:
        if self._try(statement.text, {errorcodes.FOREIGN_KEY_VIOLATION}):
            return
        not_valid = statement.text.removesuffix(b";") + b" NOT VALID;"
        # PostgreSQL 18 is the first to take one on a partitioned table.
        whole = self._try(not_valid, _NO_SUCH_KEY)
        added = whole or self._add_key_to_partitions(not_valid)
        self._violated.append(ViolatedKey(statement.line, statement.text.decode("utf-8", "replace"), added, not whole))

    def _add_key_to_partitions(self, not_valid: bytes) -> bool:
        """Whether each partition has the key now; those to come will not."""
        found = KEYED_TABLE.match(not_valid)
        if found is None:
            return False
        self._cursor.execute(load_sql(__package__, "leaf_partitions"), {"table": found[1].decode("utf-8", "replace")})
        partitions = [row[0].encode() for row in self._cursor.fetchall()]
        added = [self._try(b"ALTER TABLE ONLY " + name + not_valid[found.end() :], _NO_SUCH_KEY) for name in partitions]
        return bool(added) and all(added)

    def _attempt(self, statement: Statement, tolerated: Collection[str], reason: str) -> None:
        if not self._try(statement.text, tolerated):
            self._skip(statement, reason)

    def _try(self, text: bytes, tolerated: Collection[str]) -> bool:
        """Whether it worked; False, and nothing done, where it failed in a tolerated way."""
        try:
            self._cursor.execute(b"SAVEPOINT dumped; " + text + b" RELEASE SAVEPOINT dumped")
        except psycopg2.Error as error:
            if error.pgcode not in tolerated:
                raise
            self._cursor.execute("ROLLBACK TO SAVEPOINT dumped; RELEASE SAVEPOINT dumped")
            return False
        self._statements += 1
        return True

    def _skip(self, statement: Statement, reason: str) -> None:
        self._skipped.append(Skipped(statement.line, beginning(statement.text), reason))
