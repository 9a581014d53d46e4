"""Everything that the database holds about one user, as one JSON document: the answer to a data-subject request."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import FoundUser, UnknownUser
from alphanest_db.accounts.paging import PageRequest, stream_rows
from alphanest_db.database.identifiers import load_sql, statement

FORMAT = "alphanest-user-export/1"
TABLES = ("users", "subscriptions", "trades", "market_booths", "nft_items")
LEFT_OUT = {
    "users.hashed_password": "a secret from which the password could be guessed",
    "users.api_key": "a secret, or its hash",
}
# In JSON, these stand between values only: within one they are written as escapes.
_ONE_LINE = str.maketrans("\t\r\n", "   ")


def export_user(connection: Connection, user: FoundUser, *, now: datetime) -> Iterator[str]:
    """The document, line by line, each row in a line of its own; one query, so that all is of one moment.

    Items that the user owns, made, or has in the booth. Raises UnknownUser where the user is gone.
    """
    query = statement(load_sql(__package__, "export"))
    rows = stream_rows(connection, query, {"id": user.id}, PageRequest(limit=None))
    tables = ((TABLES[place], (row[1] for row in group)) for place, group in groupby(rows, key=itemgetter(0)))
    found = next(tables, None)
    if found is None or found[0] != "users":
        raise UnknownUser(user.id)
    head = {"format": FORMAT, "database": connection.info.dbname, "exported_at": now.isoformat(), "left_out": LEFT_OUT}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ","
    yield f'"user": {_without_secrets(next(found[1]))},'
    yield from _lists(tables)
    yield "}"


def _lists(tables: Iterator[tuple[str, Iterator[str]]]) -> Iterator[str]:
    """A list per table, an empty one where there is no row."""
    current = next(tables, None)
    for table in TABLES[1:]:
        yield f'"{table}": ['
        if current and current[0] == table:
            yield from _separated(row.translate(_ONE_LINE) for row in current[1])
            current = next(tables, None)
        yield "]" if table == TABLES[-1] else "],"


def _separated(rows: Iterator[str]) -> Iterator[str]:
    before = next(rows)
    for row in rows:
        yield f"{before},"
        before = row
    yield before


def _without_secrets(row: str) -> str:
    account = json.loads(row)
    for column in LEFT_OUT:
        account.pop(column.removeprefix("users."), None)
    return json.dumps(account, ensure_ascii=False)
