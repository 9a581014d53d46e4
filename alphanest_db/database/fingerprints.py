"""What a database holds, as numbers that are equal only for equal contents, whatever the server's version."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the same

from alphanest_db.database.cancelling import request_cancel
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.row_hash import row_hash
from alphanest_db.errors import Refused

# What the text of a value depends on; and JIT, which takes longer to compile these statements than it saves.
_SETTINGS = """
SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content';
SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off; SET LOCAL row_security = off; SET LOCAL jit = off
"""
_COUNT = "SELECT count(*), NULL FROM ONLY {table}"
# sum() of bigint adds up in 128 bits. The order of the rows does not matter, and no sort is needed.
_FINGERPRINT = "SELECT count(*), coalesce(sum({hash}), 0)::text FROM ONLY {table} AS {alias}"
_ALIAS = "t"
_SEQUENCE = "SELECT last_value, is_called FROM {}"
_SHOWN = 5


@dataclass(frozen=True)
class DumpableTable:
    """A table whose own rows a dump holds; a partitioned one has none, its partitions have. `part_of` is (schema, table)."""

    schema: str
    table: str
    size_bytes: int
    part_of: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Its own name, and those of the tables that it is a partition of."""
        return ((self.schema, self.table), *self.part_of)


@dataclass(frozen=True)
class TableFingerprint:
    """The exact number of rows, and a number that changes with any of them; None where it was not asked for."""

    schema: str
    table: str
    rows: int
    fingerprint: str | None


@dataclass(frozen=True)
class SequenceState:
    """Where a sequence stands. Sequences heed no transaction and no snapshot."""

    schema: str
    name: str
    last_value: int
    is_called: bool


@dataclass(frozen=True)
class LargeObjectsFingerprint:
    """How many large objects there are, and a number that changes with any byte of them."""

    count: int
    fingerprint: str | None


TableProgress = Callable[[TableFingerprint], None]


def pin_settings(connection: Connection) -> None:
    """Make the text of values the same on every server, for the rest of the transaction, which must have begun."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)


def list_tables(connection: Connection) -> list[DumpableTable]:
    """The tables whose rows a dump holds, the largest first; reads the catalog only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "dumpable_tables"))
        return [
            DumpableTable(schema, table, size_bytes, tuple((name[0], name[1]) for name in part_of))
            for schema, table, size_bytes, part_of in cursor
        ]


def refuse_hidden_rows(connection: Connection) -> None:
    """Raises Refused where the role may not read all that a dump would hold, row-level security included."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "hidden_rows"))
        found: list[tuple[str, str, bool]] = cursor.fetchall()
    secured = [f"{schema}.{table}" for schema, table, hides_rows in found if hides_rows]
    closed = [f"{schema}.{table}" for schema, table, hides_rows in found if not hides_rows]
    if closed:
        raise Refused(
            f"the role may not read {_some(closed)}", "Connect as the owner, or grant the role pg_read_all_data."
        )
    if secured:
        raise Refused(
            f"row-level security would hide rows of {_some(secured)} from this role",
            "Connect as the tables' owner, or as a role with BYPASSRLS.",
        )


def read_fingerprint(connection: Connection, schema: str, table: str, *, with_hash: bool = True) -> TableFingerprint:
    """The rows of one table, partitions and children not included; the settings must be pinned."""
    with connection.cursor() as cursor:
        cursor.execute(
            _fingerprint_of(cursor, schema, table) if with_hash else statement(_COUNT, table=name(schema, table))
        )
        [(rows, fingerprint)] = cursor.fetchall()
        return TableFingerprint(schema, table, rows, fingerprint)


def read_fingerprints(
    connections: Sequence[Connection],
    tables: Sequence[DumpableTable],
    *,
    with_hash: bool = True,
    progress: TableProgress = lambda _table: None,
) -> list[TableFingerprint]:
    """The rows of the tables, each connection (in a transaction of the same snapshot) reading one after the other.

    The first error of any ends them all. `progress` is called from several threads.
    """
    waiting: queue.SimpleQueue[DumpableTable] = queue.SimpleQueue()
    for table in tables:
        waiting.put(table)
    stopped = threading.Event()

    def work(connection: Connection) -> list[TableFingerprint]:
        done = []
        try:
            pin_settings(connection)
            while not stopped.is_set():
                table = waiting.get_nowait()
                done.append(read_fingerprint(connection, table.schema, table.table, with_hash=with_hash))
                progress(done[-1])
        except queue.Empty:
            pass
        except BaseException:
            stopped.set()
            raise
        return done

    with ThreadPoolExecutor(len(connections), thread_name_prefix="fingerprints") as pool:
        tasks = [pool.submit(work, connection) for connection in connections]
        try:
            found = [item for task in tasks for item in task.result()]
        except BaseException:
            stopped.set()
            for connection in connections:
                request_cancel(connection)
            raise
    return sorted(found, key=lambda item: (item.schema, item.table))


def _fingerprint_of(cursor: Cursor, schema: str, table: str) -> sql.Composed:
    cursor.execute(load_sql(__package__, "table_columns"), {"schema": schema, "table": table})
    alias = name(_ALIAS)
    return statement(_FINGERPRINT, hash=row_hash(cursor.fetchall(), alias), table=name(schema, table), alias=alias)


def read_sequences(connection: Connection) -> list[SequenceState]:
    """Where all sequences stand at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "dumpable_sequences"))
        names: list[tuple[str, str]] = cursor.fetchall()
        states = []
        for schema, sequence in names:
            cursor.execute(statement(_SEQUENCE, name(schema, sequence)))
            [(last_value, is_called)] = cursor.fetchall()
            states.append(SequenceState(schema, sequence, last_value, is_called))
        return states


def read_large_objects(connection: Connection, *, with_hash: bool = True) -> LargeObjectsFingerprint:
    """All large objects of the database; reads them where a hash is wanted."""
    with connection.cursor() as cursor:
        if with_hash:
            cursor.execute(load_sql(__package__, "large_objects"))
        else:
            cursor.execute("SELECT count(*), NULL FROM pg_catalog.pg_largeobject_metadata")
        [(count, fingerprint)] = cursor.fetchall()
        return LargeObjectsFingerprint(count, fingerprint)


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
