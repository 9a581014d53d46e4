"""What the staged records of a file become in the database: a few statements for all of them, whatever their number."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.folding import folding
from alphanest_db.database.identifiers import load_sql, statement
from alphanest_db.models.values import DEFAULT_AVATAR
from alphanest_db.seeding.local_storage.accounts import Accounts, Newcomer
from alphanest_db.seeding.local_storage.fields import fitting_id
from alphanest_db.seeding.local_storage.model import Created, ImportOptions, MappedUser, UnknownUsers

_AT_ONCE = 2000
_PEOPLE = "INSERT INTO import_people (id, target_id) VALUES (%s, %s)"
_NEW_BOOTHS = "INSERT INTO import_new_booths SELECT unnest(%s::text[])"

# Any in this file: whatever the columns hold.


@cache
def _text(question: str) -> str:
    return load_sql(__package__, question)


@dataclass(frozen=True)
class Merging:
    """How the staged records get in; `now` is when users who have no time of their own were made."""

    connection: Connection
    accounts: Accounts
    options: ImportOptions
    now: datetime

    def merge(self) -> Created:
        """Put everything in that may come in; the caller commits."""
        users = self._people()
        return self._belongings(users)

    def merge_late(self, mapped: Sequence[MappedUser]) -> Created:
        """Put in booths and items whose users came with a later file; `mapped` is who their file's users are."""
        self.accounts.lock(self.connection)
        for user in mapped:
            self._do(_PEOPLE, (fitting_id(user.source_id), user.user_id))
        return self._belongings(0)

    def have_come(self, ids: Collection[str]) -> bool:
        """Whether one of these users is there now."""
        with self.connection.cursor() as cursor:
            cursor.execute(_text("have_come"), {"ids": list(ids)})
            return bool((cursor.fetchone() or (False,))[0])

    def _people(self) -> int:
        if self.options.unknown_users is UnknownUsers.create:
            self._ask("unknown_users")
        self.accounts.prepare(id_ for (id_,) in self.stream("likely_new_users"))
        self.accounts.lock(self.connection)
        self._ask("people")
        return self._register()

    def _belongings(self, users: int) -> Created:
        self._ask("links")
        subscriptions, booths = self._complete()
        for question in ("booths", "items", "counters"):
            self._ask(question)
        made_up = self._count("SELECT count(*) FROM import_users WHERE is_unknown AND outcome = 'inserted'")
        return Created(made_up, users + subscriptions, users + booths)

    def answers(self, question: str) -> list[tuple[Any, ...]]:
        """The rows that a question about the staged records gives."""
        return self._rows(_text(question))

    def stream(self, question: str) -> Iterator[tuple[Any, ...]]:
        """The same, a few thousand rows at a time."""
        with self.connection.cursor(f"import_{secrets.token_hex(4)}") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(_text(question))
            yield from cursor

    def _register(self) -> int:
        people = (
            Newcomer(id_, username, email, avatar, created or self.now, known or created or self.now)
            for id_, username, email, avatar, created, known in self.stream("new_users")
        )
        count = 0
        while some := list(islice(people, _AT_ONCE)):
            self.accounts.register(self.connection, some)
            self._note_booths(some)
            count += len(some)
        return count

    def _complete(self) -> tuple[int, int]:
        """How many subscriptions and booths users lacked who were there."""
        without_subscription, without_booth = [], []
        for id_, username, email, avatar, lacks_subscription, lacks_booth in self.answers("missing_companions"):
            person = Newcomer(id_, username, email, avatar, self.now, self.now)
            without_subscription += [person] if lacks_subscription else []
            without_booth += [person] if lacks_booth else []
        self.accounts.complete(self.connection, without_subscription, booth=False)
        self.accounts.complete(self.connection, without_booth, booth=True)
        self._note_booths(without_booth)
        return len(without_subscription), len(without_booth)

    def _note_booths(self, people: list[Newcomer]) -> None:
        self._do(_NEW_BOOTHS, ([person.id for person in people],))

    def _do(self, command: str, values: tuple[object, ...]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(command, values)

    def _ask(self, question: str) -> None:
        query = statement(_text(question), fold=folding(self.connection))
        with self.connection.cursor() as cursor:
            cursor.execute(query, {
                "on_conflict": self.options.on_conflict.value, "unknown_users": self.options.unknown_users.value,
                "avatar": DEFAULT_AVATAR,
            })  # fmt: skip

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def _count(self, query: str) -> int:
        return int(self._rows(query)[0][0])
