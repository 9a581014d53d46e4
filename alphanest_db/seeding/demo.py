"""Putting the demo data in: idempotent, in one transaction, one of us at a time."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Table, func, insert, or_, select, text, update

from alphanest_db.database.locks import ACCOUNTS, LOCK_CLASS, SEEDER
from alphanest_db.errors import AlphanestError
from alphanest_db.models.user import User
from alphanest_db.seeding.demo_data import DEMO_PASSWORD, DEMO_USERS, DemoRow, DemoUser, demo_rows, user_row


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
class TableChange:
    """What seeding did to a table, in rows; `changed` ones differ from the demo data and were left so."""

    table: str
    inserted: int
    restored: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class SeedResult:
    """What seeding did."""

    users: tuple[SeededUser, ...]
    tables: tuple[TableChange, ...]

    @property
    def changed_rows(self) -> int:
        """Rows that somebody changed since they were seeded, and that are as they were found."""
        return sum(table.changed for table in self.tables)


class DemoConflict(AlphanestError):
    """Somebody else has the name or address of a demo user."""


def seed_demo(connection: Connection, credentials: Credentials, *, now: datetime, force: bool = False) -> SeedResult:
    """Put in the demo rows that are missing; with `force`, put changed ones back too.

    The caller begins and commits the transaction. Raises DemoConflict.
    """
    lock = "SELECT pg_catalog.pg_advisory_xact_lock(:class, :purpose)"
    for purpose in (SEEDER, ACCOUNTS):  # its users have names that others could be taking
        connection.execute(text(lock), {"class": LOCK_CLASS, "purpose": purpose})
    tally = _Tally()
    users = [_seed_user(connection, user, credentials, tally, force=force) for user in DEMO_USERS]
    for row in demo_rows(now):
        _seed_row(connection, row, tally, force=force)
    return SeedResult(tuple(users), tally.tables())


class _Tally:
    """Counts per table, in the order in which tables come up."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, table: str, outcome: str) -> None:
        counts = self._counts.setdefault(table, dict.fromkeys(("inserted", "restored", "changed", "unchanged"), 0))
        counts[outcome] += 1

    def tables(self) -> tuple[TableChange, ...]:
        return tuple(TableChange(table, **counts) for table, counts in self._counts.items())


def _seed_user(
    connection: Connection, user: DemoUser, credentials: Credentials, tally: _Tally, *, force: bool
) -> SeededUser:
    found = _find_user(connection, user)
    if found is None:
        new_key, stored_key = credentials.issue_key()
        row = user_row(user, credentials.hash_password(DEMO_PASSWORD), stored_key)
        connection.execute(insert(_table(row)).values(row.values))
        tally.add("users", "inserted")
        return SeededUser(user.username, user.email, DEMO_PASSWORD, new_key)
    wanted = user_row(user, found["hashed_password"], found["api_key"] or "").values
    key: str | None = None
    if found["api_key"] is None:
        key, wanted["api_key"] = credentials.issue_key()
    if force and not credentials.verify_password(DEMO_PASSWORD, found["hashed_password"]):
        wanted["hashed_password"] = credentials.hash_password(DEMO_PASSWORD)
    _settle(connection, DemoRow(User, wanted), _differences(found, wanted), tally, force=force)
    return SeededUser(user.username, user.email, DEMO_PASSWORD, key if force else None)


def _find_user(connection: Connection, user: DemoUser) -> dict[str, Any] | None:
    """The demo user's row. Raises DemoConflict where a row of somebody else has the name or the address."""
    same = or_(
        User.id == user.id,
        func.lower(User.username) == user.username.lower(),
        func.lower(User.email) == user.email.lower(),
    )
    rows = [dict(row) for row in connection.execute(select(User.__table__).where(same)).mappings()]
    strangers = [row for row in rows if row["id"] != user.id]
    if strangers:
        raise DemoConflict(
            f"the name or address of the demo user {user.username} is taken by user {strangers[0]['id']}",
            "Seed a database of its own: alphanest db create, with another DB_NAME.",
        )
    return rows[0] if rows else None


def _seed_row(connection: Connection, row: DemoRow, tally: _Tally, *, force: bool) -> None:
    table = _table(row)
    found = connection.execute(select(table).where(table.c.id == row.values["id"])).mappings().one_or_none()
    if found is None:
        connection.execute(insert(table).values(row.values))
        tally.add(table.name, "inserted")
        return
    compared = {column: value for column, value in row.values.items() if column not in row.kept}
    _settle(connection, row, _differences(found, compared), tally, force=force)


def _settle(connection: Connection, row: DemoRow, changes: dict[str, Any], tally: _Tally, *, force: bool) -> None:
    table = _table(row)
    if changes and force:
        connection.execute(update(table).where(table.c.id == row.values["id"]).values(changes))
    tally.add(table.name, "unchanged" if not changes else "restored" if force else "changed")


def _differences(found: Any, wanted: dict[str, Any]) -> dict[str, Any]:  # Any: a row, and column values
    return {column: value for column, value in wanted.items() if found[column] != value}


def _table(row: DemoRow) -> Table:
    table = row.model.__table__
    assert isinstance(table, Table)
    return table
