"""The demo data as a set: idempotent, in one transaction, one of us at a time."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.identifiers import load_sql
from alphanest_db.errors import AlphanestError
from alphanest_db.seeding.demo_data import DEMO_USERS, DemoRow, DemoUser, demo_rows, user_row
from alphanest_db.seeding.password import DEMO_PASSWORD
from alphanest_db.seeding.sets.hands import Hand
from alphanest_db.seeding.sets.model import DEFAULT_ENVIRONMENTS, SeedSet, SetKind, TableRows
from alphanest_db.seeding.sets.upsert import put_in

NAME = "demo"


class Credentials(Protocol):
    """How passwords and keys are made; seeding does not know."""

    def hash_password(self, password: str) -> str:
        """The form in which a password is stored."""
        ...

    def verify_password(self, password: str, stored: str) -> bool:
        """Whether the stored form was made from the password."""
        ...

    def issue_key(self) -> tuple[str, str]:
        """A new API key, and the form in which it is stored."""
        ...


@dataclass(frozen=True)
class SeededUser:
    """A demo user; `api_key` only where it was made just now, since it is shown once."""

    username: str
    email: str
    password: str = field(repr=False)
    api_key: str | None = field(repr=False)


@dataclass(frozen=True)
class DemoChange:
    """What seeding did to a table, in rows; `changed` ones differ from the demo data and were left so."""

    table: str
    inserted: int
    restored: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class SeedResult:
    """What seeding did; `run` is the number by which it can be undone, None where nothing was done or nothing is remembered."""

    users: tuple[SeededUser, ...]
    tables: tuple[DemoChange, ...]
    run: int | None = None

    @property
    def changed_rows(self) -> int:
        """Rows that somebody changed since they were seeded, and that are as they were found."""
        return sum(table.changed for table in self.tables)


class DemoConflict(AlphanestError):
    """Somebody else has the name or address of a demo user."""


def demo_set(credentials: Credentials, *, now: datetime, force: bool, tell: Callable[[SeededUser], None]) -> SeedSet:
    """The demo data as a set, whose users are told when its rows are asked for; their keys are new ones where there are none.

    With `force`, passwords that were changed are others. Asking for its rows raises DemoConflict.
    """

    def rows(connection: Connection) -> Sequence[TableRows]:
        found = [_user(connection, user, credentials, force=force) for user in DEMO_USERS]
        for told, _row in found:
            tell(told)
        return list(_tables([*(row for _told, row in found), *demo_rows(now)]))

    return SeedSet(NAME, SetKind.builtin, DEFAULT_ENVIRONMENTS, (), _content_hash(), rows)


def seed_demo(
    connection: Connection, hand: Hand, credentials: Credentials, *, now: datetime, force: bool = False
) -> SeedResult:
    """Put in the demo rows that are missing; with `force`, put changed ones back too.

    The caller begins and commits the transaction, and holds the locks. Raises DemoConflict.
    """
    users: list[SeededUser] = []
    seed = demo_set(credentials, now=now, force=force, tell=users.append)
    tables = [
        DemoChange(
            change.table, change.insert, change.update if force else 0, 0 if force else change.update, change.unchanged
        )
        for change in put_in(connection, hand, seed, put_back=force)
    ]
    return SeedResult(tuple(users), tuple(tables))


def _user(
    connection: Connection, user: DemoUser, credentials: Credentials, *, force: bool
) -> tuple[SeededUser, DemoRow]:
    """Who can log in, and the row as it should be: password and key are compared by their own rules."""
    told = SeededUser(user.username, user.email, DEMO_PASSWORD, None)
    found = _find_user(connection, user)
    if found is None:
        new_key, stored_key = credentials.issue_key()
        return replace(told, api_key=new_key), user_row(user, credentials.hash_password(DEMO_PASSWORD), stored_key)
    stored, key = found["hashed_password"], found["api_key"]
    if force and not credentials.verify_password(DEMO_PASSWORD, stored):
        stored = credentials.hash_password(DEMO_PASSWORD)
    if key is None:
        new_key, key = credentials.issue_key()
        told = replace(told, api_key=new_key if force else None)
    return told, user_row(user, stored, key)


def _find_user(connection: Connection, user: DemoUser) -> Mapping[str, Any] | None:  # Any: column values
    """The demo user's row. Raises DemoConflict where a row of somebody else has the name or the address."""
    values = {"id": user.id, "username": user.username.lower(), "email": user.email.lower()}
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "demo_user"), values)
        rows = {row[0]: {"hashed_password": row[1], "api_key": row[2]} for row in cursor}
    if strangers := [identifier for identifier in rows if identifier != user.id]:
        raise DemoConflict(
            f"the name or address of the demo user {user.username} is taken by user {strangers[0]}",
            "Seed a database of its own: alphanest db create, with another DB_NAME.",
        )
    return rows.get(user.id)


def _tables(rows: Sequence[DemoRow]) -> Iterator[TableRows]:
    for model in dict.fromkeys(row.model for row in rows):
        own = [row for row in rows if row.model is model]
        # A password and a key stand in the row as they should be.
        apart = own[0].kept - {"hashed_password", "api_key"}
        yield TableRows(model.__tablename__, tuple(_plain(row.values) for row in own), insert_only=apart)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:  # Any: column values
    return {column: value.isoformat() if isinstance(value, datetime) else value for column, value in values.items()}


def _content_hash() -> str:
    """Of all that does not change from day to day."""
    rows = [
        [row.model.__tablename__, sorted((_plain(row.values)).items())]
        for row in (*(user_row(user, "", "") for user in DEMO_USERS), *demo_rows(datetime(2026, 1, 1, tzinfo=UTC)))
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
