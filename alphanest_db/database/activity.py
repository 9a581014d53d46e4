"""How much there is in a database, when it was written to last, and who writes to it now."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.databases import ClientSession, other_sessions
from alphanest_db.database.identifiers import load_sql, name, statement

# What tells when a row came or was changed; other times, such as that of a bill, lie in the future or are about something else.
TIME_COLUMNS = ("created_at", "updated_at", "timestamp")
# A session tells the server's statistics what it wrote once a second at most.
WATCH_SECONDS = 1.5
_COUNT = "SELECT count(*), {latest} FROM {table}"
_LATEST = "max({column}) FILTER (WHERE {column} BETWEEN '1970-01-01 00:00:00+00' AND pg_catalog.now())"

WriteCounts = Mapping[int, tuple[str, int]]


@dataclass(frozen=True)
class TableActivity:
    """A table's rows, counted, with its size on the disk; `last_at` is the newest time among them, in UTC."""

    table: str
    rows: int
    size_bytes: int
    last_at: datetime | None


@dataclass(frozen=True)
class Writing:
    """Who was found writing, and which tables' rows became others or more while we looked."""

    sessions: tuple[ClientSession, ...]
    tables: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.sessions or self.tables)

    def described(self) -> str:
        """In a few words: who, and what."""
        who = [
            f"process {item.pid} of {item.user} ({item.application_name or 'no name'}, {item.client}) is at it"
            for item in self.sessions
        ]
        return "; ".join([*who, *([f"rows of {', '.join(self.tables)} were written"] if self.tables else [])])


def read_table_activity(connection: Connection) -> list[TableActivity]:
    """Every table outside the system's schemas; reads all rows once. The connection must be in autocommit mode."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "table_times"), {"columns": list(TIME_COLUMNS)})
        found = []
        for schema, table, size_bytes, columns in cursor.fetchall():
            cursor.execute(statement(_COUNT, latest=_latest(columns), table=name(schema, table)))
            [(rows, last_at)] = cursor.fetchall()
            shown = table if schema == "public" else f"{schema}.{table}"
            found.append(TableActivity(shown, rows, size_bytes, last_at.astimezone(UTC) if last_at else None))
        return found


def read_size(connection: Connection) -> int:
    """How many bytes the connection's database has on the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())")
        [(size_bytes,)] = cursor.fetchall()
        return int(size_bytes)


def watch_writing(connection: Connection, *, seconds: float = WATCH_SECONDS) -> Writing:
    """Who writes to the connection's database; looks on for a moment where others are connected. Autocommit mode; reads only."""
    before = read_write_counts(connection)
    if other_sessions(connection):
        time.sleep(seconds)
    return writing_since(connection, before)


def read_write_counts(connection: Connection) -> WriteCounts:
    """How many rows were ever written, by table, as far as the server's statistics know it by now."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "write_counts"))
        return {
            oid: (table if schema == "public" else f"{schema}.{table}", count) for oid, schema, table, count in cursor
        }


def writing_since(connection: Connection, before: WriteCounts) -> Writing:
    """Who is writing now, and what was written since the counts were read."""
    now = read_write_counts(connection)
    tables = {
        now.get(oid, before.get(oid, ("", 0)))[0] for oid in now.keys() | before if now.get(oid) != before.get(oid)
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "writers"))
        return Writing(tuple(ClientSession(*row) for row in cursor), tuple(sorted(tables)))


def _latest(columns: list[str]) -> sql.Composable:
    if not columns:
        return sql.SQL("NULL::timestamptz")
    each = [statement(_LATEST, column=name(column)) for column in columns]
    return statement("greatest({})", sql.SQL(", ").join(each))
