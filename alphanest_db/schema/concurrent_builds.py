"""Indexes that revisions build and drop CONCURRENTLY: waited for with patience, and built anew where a build was interrupted.

Only an index that is about to be built is ever dropped, and only while nobody can be building it: whoever does holds SHARE
UPDATE EXCLUSIVE on its table from beginning to end.
"""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event

from alphanest_db.database.identifiers import load_sql, name, statement

# Waiting for a lock in these blocks nobody, so no timeout: one that ends them leaves an INVALID index.
_HARMLESS_WAIT = re.compile(r"^\s*(CREATE\s+(UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX)\b.*\bCONCURRENTLY\b", re.I | re.S)
_PART = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_BUILD = re.compile(
    rf"^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<index>{_PART})"
    rf"\s+ON\s+(?:ONLY\s+)?(?P<table>{_PART}(?:\s*\.\s*{_PART})?)",
    re.I,
)


def prepare_concurrent_builds(
    connection: Connection, lock_timeout_seconds: float, *, dropped: Callable[[str], None]
) -> None:
    """Lift the lock timeout while an index is built or dropped CONCURRENTLY, and drop what an earlier build left INVALID.

    `dropped` is told the name of each index that was dropped.
    """

    # Any: SQLAlchemy's event passes cursor, parameters and context of whatever driver there is
    def before(_conn: Connection, cursor: Any, sql: str, *_rest: Any) -> None:
        built = built_index(sql)
        if built and cursor.connection.autocommit:  # PostgreSQL refuses it in a transaction
            _drop_left_over(cursor, *built, dropped)
        if _HARMLESS_WAIT.search(sql):
            cursor.execute("SET lock_timeout = 0")

    def after(_conn: Connection, cursor: Any, sql: str, *_rest: Any) -> None:
        if _HARMLESS_WAIT.search(sql):
            cursor.execute(f"SET lock_timeout = {lock_timeout_seconds * 1000:.0f}")

    event.listen(connection, "before_cursor_execute", before)
    event.listen(connection, "after_cursor_execute", after)


def built_index(sql: str) -> tuple[str, str] | None:
    """The name of the index that the statement builds CONCURRENTLY, and its table as it is written there.

    >>> built_index("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON public.users (email)")
    ('ix', 'public.users')
    """
    found = _BUILD.match(sql)
    return (_unquoted(found["index"]), found["table"]) if found else None


def _drop_left_over(cursor: Any, index: str, table: str, dropped: Callable[[str], None]) -> None:  # Any: as above
    """Drop the INVALID index of that name on the table; one that is being built is waited for, as long as lock_timeout says."""
    found = _find_invalid(cursor, index, table)
    if found is None:
        return
    cursor.execute("BEGIN")
    try:
        cursor.execute(statement("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE", name(*found)))
        found = _find_invalid(cursor, index, table)  # whoever built it may be done
    finally:
        cursor.execute("ROLLBACK")
    if found is not None:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute(statement("DROP INDEX CONCURRENTLY IF EXISTS {}", name(found[0], index)))
        dropped(index)


def _find_invalid(cursor: Any, index: str, table: str) -> tuple[str, str] | None:  # Any: as above
    """The schema and the table of the INVALID index; None where there is none."""
    cursor.execute(load_sql(__package__, "invalid_index"), {"index": index, "table": table})
    row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _unquoted(identifier: str) -> str:
    """The name that PostgreSQL reads.

    >>> _unquoted('IX_Users'), _unquoted('"Odd ""Name"')
    ('ix_users', 'Odd "Name')
    """
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()
