"""The rows that make up a new user, and how they get into the database."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.users.companions import Row, booth_row, new_ids, subscription_row
from alphanest_db.accounts.users.model import NewUser
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.unprinted import unprinted


@dataclass(frozen=True, slots=True)
class UserRows:
    """A row per table, none where the user is to have none."""

    users: Row
    subscriptions: Row | None
    market_booths: Row | None


TABLES = ("users", "subscriptions", "market_booths")  # parents before children
_IN_ORDER = 20_000


def rows_of(user: NewUser, hashed_password: str, api_key: str, *, id_: str | None = None) -> UserRows:
    """The rows of a new user, under new ids; an import may bring the user's own."""
    new_id, *others = new_ids(len(TABLES))
    return _rows(user, hashed_password, api_key, (id_ or new_id, *others))


def rows_of_many(users: Iterable[tuple[NewUser, str, str]], ids: Iterator[Sequence[str]]) -> list[UserRows]:
    """The rows of new users, each given with the hashed password and the API key as it is stored."""
    return [_rows(*user, next(ids)) for user in users]


def ids_of_many(count: int) -> Iterator[Sequence[str]]:
    """New ids for the rows of so many users, most of which ascend: what comes in order goes into indexes in half the time."""
    for start in range(0, count, _IN_ORDER):
        some = min(_IN_ORDER, count - start)
        yield from zip(*(sorted(new_ids(some)) for _ in TABLES), strict=True)


def _rows(user: NewUser, hashed_password: str, api_key: str, ids: Sequence[str]) -> UserRows:
    id_, subscription_id, booth_id = ids
    account: Row = {
        "id": id_, "email": user.email, "username": user.username, "hashed_password": hashed_password,
        "api_key": api_key, "avatar": user.avatar, "is_active": user.is_active,
    }  # fmt: skip
    subscription = (
        subscription_row(id_, user.status, user.plan, id_=subscription_id) if user.with_subscription else None
    )
    return UserRows(account, subscription, booth_row(id_, user.username, id_=booth_id) if user.with_booth else None)


def insert_rows(connection: Connection, users: Sequence[UserRows]) -> None:
    """Put the rows of all of them in. Raises psycopg2's UniqueViolation where something is taken."""
    for table in TABLES:
        rows = [row for user in users if (row := getattr(user, table)) is not None]
        if rows:
            copy_rows(connection, table, rows)


def copy_rows(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    """Put rows, which have the same columns, into a table."""
    columns = sql.SQL(", ").join(name(column) for column in rows[0])
    copy = statement("COPY {} ({}) FROM STDIN WITH (FORMAT csv)", name(table), columns)
    with connection.cursor() as cursor, unprinted():
        cursor.copy_expert(copy, _csv_of(row.values() for row in rows))


def _csv_of(rows: Iterable[Iterable[object]]) -> io.StringIO:
    """The rows as COPY reads them: what is quoted is never taken for NULL or for the end of the data."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    text.seek(0)
    return text
