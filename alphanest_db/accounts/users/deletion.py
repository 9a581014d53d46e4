"""Deleting a user, and saying first what goes with them."""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import FoundUser, UnknownUser
from alphanest_db.database.databases import TableRows
from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import Refused


@dataclass(frozen=True)
class UserRowCounts:
    """How many rows go with a user; of the items, how many others own, and what stays and names a user who is gone."""

    tables: tuple[TableRows, ...]
    items_of_others: int
    items_left_behind: int


@dataclass(frozen=True)
class DeletedUser:
    """A user who is gone."""

    id: str
    username: str
    email: str
    export: str | None


def count_user_rows(connection: Connection, user: FoundUser) -> UserRowCounts:
    """What deleting the user would take along; one query, reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "row_counts"), {"id": user.id})
        subscriptions, trades, booths, items, others, behind = next(iter(cursor))
    counts = {"users": 1, "subscriptions": subscriptions, "trades": trades, "market_booths": booths, "nft_items": items}
    tables = tuple(TableRows(table, rows) for table, rows in counts.items())
    return UserRowCounts(tables, others, behind)


def lock_user(connection: Connection, user: FoundUser) -> None:
    """Keep the user from being changed, and from getting further rows, until the transaction ends. Raises UnknownUser."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM users WHERE id = %s FOR UPDATE", (user.id,))
        if cursor.fetchone() is None:
            raise UnknownUser(user.id)


def delete_user(connection: Connection, user: FoundUser, *, export: str | None = None) -> DeletedUser:
    """Delete the user; the database deletes what belongs to them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE id = %s", (user.id,))
    return DeletedUser(user.id, user.username, user.email, export)


def refuse_to_keep_trades(user: FoundUser) -> None:
    """Raises Refused: the schema has no trade without its user."""
    raise Refused(
        f"the trades of {user.username} cannot outlive their user: trades.user_id names one, and goes with them",
        f"`alphanest user deactivate {user.id}` locks the account and keeps every row.",
    )
