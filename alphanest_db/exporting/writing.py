"""The rows of a SELECT into a file, as they come: no more than one of them is in memory, or for Parquet some thousands."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, assert_never

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import statement
from alphanest_db.errors import AlphanestError
from alphanest_db.exporting.choices import ExportFormat

_BUFFER_BYTES = 1 << 20
_CSV = "COPY ({select}) TO STDOUT (FORMAT csv, HEADER true, ENCODING 'UTF8')"
# Control characters are escaped within the strings of JSON, so that those outside are blanks: a row stays on its line, and no
# character is left that COPY would quote.
_JSON = """
COPY (
    SELECT pg_catalog.replace(pg_catalog.replace(pg_catalog.row_to_json(t.*)::text, E'\\n', ' '), E'\\r', ' ')
    FROM ({select}) AS t
)
TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')
"""

Write = Callable[[Connection, sql.Composable, BinaryIO], int]


def writer_of(form: ExportFormat) -> Write:
    """What writes files of that form, and returns how many rows it wrote. Raises AlphanestError where a library is missing."""
    match form:
        case ExportFormat.csv:
            return _write_csv
        case ExportFormat.json:
            return _write_json
        case ExportFormat.parquet:
            try:
                from alphanest_db.exporting.parquet import write_parquet  # pyarrow is an optional extra, and heavy
            except ImportError as error:
                raise AlphanestError(
                    "Parquet needs pyarrow, which is not installed", "pip install 'alphanest-db[parquet]'"
                ) from error
            return write_parquet
        case _:
            assert_never(form)


def write_file(write: Write, connection: Connection, select: sql.Composable, path: Path) -> int:
    """A new file for its owner alone, on the disk when this returns; the number of its rows. Raises AlphanestError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb", buffering=_BUFFER_BYTES) as file:
            rows = write(connection, select, file)
            file.flush()
            os.fsync(file.fileno())
            return rows
    except OSError as error:
        raise AlphanestError(
            f"cannot write {path.name}: {error.strerror or error}",
            "Nothing is left of this export. Free some space, or name another folder.",
        ) from error


def _write_csv(connection: Connection, select: sql.Composable, file: BinaryIO) -> int:
    return _copy(connection, statement(_CSV, select=select), file)


def _write_json(connection: Connection, select: sql.Composable, file: BinaryIO) -> int:
    return _copy(connection, statement(_JSON, select=select), file)


def _copy(connection: Connection, command: sql.Composed, file: BinaryIO) -> int:
    with connection.cursor() as cursor:
        cursor.copy_expert(command, file)
        return int(cursor.rowcount)
