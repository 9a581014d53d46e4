"""Page after page by the place where the last one ended, which costs the same on the first page and on the thousandth."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the same

from alphanest_db.accounts.texts import require_sendable, shortened
from alphanest_db.database.identifiers import Statement
from alphanest_db.errors import InvalidInput

FETCHED_ROWS = 2000
# Rows are sorted by what a position can tell: a time that Python cannot hold, as infinity, is its first or last one.
FIRST_TIME, LAST_TIME = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

Row = TypeVar("Row")


@dataclass(frozen=True)
class Position:
    """Where a page ended: the value that rows are sorted by, and an id where several may share it."""

    key: str
    id: str = ""

    @classmethod
    def at(cls, time: datetime, id_: str) -> "Position":
        """The position of a row that is sorted by a time."""
        return cls(time.isoformat(), id_)

    @classmethod
    def read(cls, text: str, *, is_time: bool) -> "Position":
        """The position that a page before has told. Raises InvalidInput."""
        if not is_time:
            return cls(require_sendable(text, "--after"))
        key, _, id_ = require_sendable(text, "--after").partition(",")
        try:
            return cls(read_time(key).isoformat(), id_)
        except InvalidInput as error:
            raise InvalidInput(f"no page ends at {shortened(text)!r}", "Copy what the page before has told.") from error

    def __str__(self) -> str:
        return f"{self.key},{self.id}" if self.id else self.key


class Page(Generic[Row]):
    """The rows of a page, once; `next_after` is known when they have been taken, None on the last page."""

    def __init__(self, rows: Iterable[Row], limit: int | None, position: Callable[[Row], Position]) -> None:
        self._rows = rows
        self._limit = limit
        self._position = position
        self.next_after: str | None = None

    def __iter__(self) -> Iterator[Row]:
        last: Row | None = None
        for number, row in enumerate(self._rows):
            if number == self._limit and last is not None:
                self.next_after = str(self._position(last))
                return
            yield (last := row)


@dataclass(frozen=True)
class PageRequest:
    """`limit` rows after a position; None is all of them, or from the start."""

    limit: int | None
    after: Position | None = None


def read_time(text: str) -> datetime:
    """A date or a time as ISO 8601 writes it, in UTC where it says no zone. Raises InvalidInput.

    >>> read_time("2026-11-24").isoformat()
    '2026-11-24T00:00:00+00:00'
    """
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{shortened(text)!r} is no date", "Write it as 2026-11-24, or as 2026-11-24T18:30+01:00."
        ) from error


def stream_rows(
    connection: Connection, query: Statement, parameters: Mapping[str, object], page: PageRequest
) -> Iterator[tuple[Any, ...]]:  # Any: whatever the columns hold
    """The rows of the page and one more; without a limit a few thousand at a time."""
    place = {"key": page.after.key, "id": page.after.id} if page.after else {}
    limit = None if page.limit is None else page.limit + 1
    with _cursor(connection, streams=limit is None) as cursor:
        cursor.execute(query, {**parameters, **place, "limit": limit})
        yield from cursor


def _cursor(connection: Connection, *, streams: bool) -> Cursor:
    """One on the server keeps memory flat, and keeps the server from working in parallel: only for what has no limit."""
    if not streams:
        return connection.cursor()
    cursor = connection.cursor(f"alphanest_{secrets.token_hex(4)}")
    cursor.itersize = FETCHED_ROWS
    return cursor
