"""Getting the rows into the database: in one transaction on one connection, so that all of them are there or none.

Two connections would load faster, but cannot commit as one: prepared transactions, which could, are switched off by default.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.rebuilding import OnObject, Rebuilt, drop_rebuildable, rebuild
from alphanest_db.database.unprinted import unprinted
from alphanest_db.errors import AlphanestError
from alphanest_db.journal.enforcement import savepoint
from alphanest_db.seeding.synthetic.producing import Production, Rows
from alphanest_db.seeding.synthetic.tables import BINARY_TYPES, COLUMNS, TABLES

_READ_BYTES = 1 << 18
_TYPES = """
    SELECT attname, pg_catalog.format_type(atttypid, NULL) FROM pg_catalog.pg_attribute
    WHERE attrelid = pg_catalog.to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
_NOT_OUR_TYPES = (errors.StringDataRightTruncation, errors.InvalidTextRepresentation, errors.NumericValueOutOfRange)
_SETTINGS = {
    "statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "transaction_timeout": "0", "lock_timeout": "10s",
    "default_tablespace": "", "client_connection_check_interval": "1s",
    "maintenance_work_mem": "256MB",  # indexes are sorted in memory, where they fit
}  # fmt: skip


@dataclass(frozen=True)
class LoadReport:
    """Told how far the loading has come: rows of a table more, and which index or key is made again."""

    rows: Callable[[str, int], None] = lambda _table, _rows: None
    making: OnObject = lambda _name, _number, _count: None


@dataclass(frozen=True)
class Loaded:
    """Whether the tables were empty before, and the indexes and keys that were made again."""

    was_empty: bool
    rebuilt: tuple[Rebuilt, ...]


class SyntheticConflict(AlphanestError):
    """A row that is there already has an id, a name, an address or a key of a synthetic one."""


def load(connection: Connection, production: Production, report: LoadReport) -> Loaded:
    """Put all rows in, inside the connection's transaction.

    Tables that are all empty are locked for everybody else; their indexes and keys are dropped and made again. Where there are
    rows, nothing is dropped, and others go on working. Raises SyntheticConflict, and AlphanestError
    where a column takes other values.
    """
    _prepare_session(connection)
    is_empty = _lock_empty_tables(connection)
    dropped = drop_rebuildable(connection, TABLES) if is_empty else []
    can_freeze = is_empty and _truncated(connection)
    with _refusals_told():
        for rows in production.rows(report.rows):
            copy_rows(connection, name(rows.table), rows, freeze=can_freeze)
        rebuild(connection, dropped, report.making)
    return Loaded(is_empty, tuple(dropped))


def binary_tables(connection: Connection) -> list[str]:
    """The tables that take the binary form, which spares the server the reading of numbers: those with the types of ours."""
    return [table for table, types in BINARY_TYPES.items() if _has_types(connection, table, types)]


def _has_types(connection: Connection, table: str, types: Mapping[str, Collection[str]]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TYPES, (table,))
        found = dict(cursor.fetchall())
    return all(found.get(column) in right for column, right in types.items())


def copy_rows(connection: Connection, into: sql.Identifier, rows: Rows, *, freeze: bool = False) -> None:
    """The rows into their table, or into one that has its columns."""
    options = sql.SQL("FORMAT {}, FREEZE {}".format("binary" if rows.is_binary else "text", "on" if freeze else "off"))
    copy = statement("COPY {} ({}) FROM STDIN WITH ({})", into, _listed(COLUMNS[rows.table]), options)
    source = _Source(rows)
    with connection.cursor() as cursor, unprinted():
        try:
            cursor.copy_expert(copy, source, _READ_BYTES)  # type: ignore[arg-type] # the stub wants a readline, which is never called
        except psycopg2.Error as error:
            if source.failure:
                raise source.failure from error
            raise


class _Source:
    """Rows for psycopg2, which tells an error of reading to the server and forgets it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.failure: BaseException | None = None

    def read(self, size: int) -> bytes:
        """The next bytes; what keeps us from them is kept as `failure`."""
        try:
            return self._rows.read(size)
        except BaseException as error:
            self.failure = error
            raise


def _prepare_session(connection: Connection) -> None:
    """Settings for this transaction, as far as the server has them: the memory to sort in, and no limits to its time.

    The server looks every second whether we are still there, so that a killed run holds its locks no longer.
    """
    with connection.cursor() as cursor:
        for setting, value in _SETTINGS.items():
            with contextlib.suppress(errors.UndefinedObject, errors.InvalidParameterValue), savepoint(connection):
                cursor.execute("SELECT pg_catalog.set_config(%s, %s, true)", (setting, value))


def _lock_empty_tables(connection: Connection) -> bool:
    """Whether none of the tables has a row; then nobody else gets at them until the end."""
    if not _are_empty(connection):
        return False
    with contextlib.suppress(errors.InsufficientPrivilege), savepoint(connection), connection.cursor() as cursor:
        cursor.execute(statement("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", _listed(TABLES)))
        return _are_empty(connection)
    return False


def _are_empty(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(statement("SELECT EXISTS (SELECT FROM {})", name(table)))
            if cursor.fetchone() != (False,):
                return False
    return True


def _truncated(connection: Connection) -> bool:
    """Give the empty tables new files, so that their rows can be frozen at once: nobody has to look them up or vacuum them later.

    False where somebody would notice, and where the server does not do that, as for tables that others refer to.
    """
    refused = (errors.InsufficientPrivilege, errors.FeatureNotSupported)
    with contextlib.suppress(*refused), savepoint(connection), connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "noticed_truncations"), {"tables": list(TABLES)})
        if cursor.fetchall():
            return False
        cursor.execute(statement("TRUNCATE {}", _listed(TABLES)))
        return True
    return False


def _listed(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(name(each) for each in names)


@contextlib.contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except errors.UniqueViolation as error:
        told = error.diag
        raise SyntheticConflict(
            f"a row of {told.table_name} is there already: {told.constraint_name} holds a value of the synthetic rows",
            "Nothing was put in. Was this seed used before? Take another --seed, or undo that run.",
        ) from error
    except _NOT_OUR_TYPES as error:
        raise AlphanestError(
            f"the database is not as the platform's are: {primary_message(error)}",
            "Nothing was put in. `alphanest db drift` shows which columns are others.",
        ) from error
