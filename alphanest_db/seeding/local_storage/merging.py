"""What the staged records of a file become in the database: a few statements for all of them, whatever their number."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.models.values import DEFAULT_AVATAR
from alphanest_db.seeding.local_storage.accounts import Accounts, Newcomer
from alphanest_db.seeding.local_storage.fields import fitting_id
from alphanest_db.seeding.local_storage.model import Created, ImportOptions, MappedUser, UnknownUsers
from alphanest_db.seeding.local_storage.names import Names
from alphanest_db.seeding.local_storage.questions import Questions

_AT_ONCE = 2000
_PEOPLE = "INSERT INTO import_people (id, target_id) VALUES (%s, %s)"
_HAVE_COME = "SELECT EXISTS (SELECT FROM users WHERE id = ANY(%s))"
_NEW_BOOTHS = "INSERT INTO import_new_booths SELECT unnest(%s::text[])"


class Merging:
    """How the staged records get in; `now` is when users who have no time of their own were made."""

    def __init__(self, connection: Connection, accounts: Accounts, options: ImportOptions, now: datetime) -> None:
        self._connection = connection
        self._accounts = accounts
        self._creates_unknown = options.unknown_users is UnknownUsers.create
        self._now = now
        self._questions = Questions(connection, {
            "on_conflict": options.on_conflict.value, "unknown_users": options.unknown_users.value, "avatar": DEFAULT_AVATAR,
        })  # fmt: skip
        self._names = Names(self._questions)
        self.answers = self._questions.answers
        self.stream = self._questions.stream

    def merge(self, *, are_few: bool) -> Created:
        """Put everything in that may come in; the caller commits. Few are such as can be held in memory."""
        self._questions.are_few = are_few
        users = self._people()
        return self._belongings(users)

    def merge_late(self, mapped: Sequence[MappedUser], *, are_few: bool) -> Created:
        """Put in what had to wait; `mapped` is who their file's users are."""
        self._questions.are_few = are_few
        users = self._registered()
        for user in mapped:
            self._do(_PEOPLE, (fitting_id(user.source_id), user.user_id))
        return self._belongings(users)

    def have_come(self, ids: Collection[str]) -> bool:
        """Whether one of these users is there now."""
        with self._connection.cursor() as cursor:
            cursor.execute(_HAVE_COME, (list(ids),))
            return bool((cursor.fetchone() or (False,))[0])

    def file_ended(self, *, is_in: bool) -> None:
        """Called after a commit, or after a rollback."""
        self._names.file_ended(is_in=is_in)

    def _people(self) -> int:
        if self._creates_unknown:
            self._names.know()
            self._questions.ask("unknown_users")
        return self._registered()

    def _registered(self) -> int:
        self._accounts.prepare(id_ for (id_,) in self.stream("likely_new_users"))
        self._accounts.lock(self._connection)
        self._names.know()
        self._questions.ask("people", "names_given")
        return self._register()

    def _belongings(self, users: int) -> Created:
        self._questions.ask("links")
        subscriptions, booths = self._complete()
        self._questions.ask("booths", "items", "counters")
        [(made_up,)] = self.answers("made_up")
        return Created(made_up, users + subscriptions, users + booths)

    def _register(self) -> int:
        people = (
            Newcomer(id_, username, email, avatar, created or known or self._now, known or created or self._now)
            for id_, username, email, avatar, created, known in self.stream("new_users")
        )
        count = 0
        while some := list(islice(people, _AT_ONCE)):
            self._accounts.register(self._connection, some)
            self._note_booths(some)
            count += len(some)
        return count

    def _complete(self) -> tuple[int, int]:
        """How many subscriptions and booths users lacked who were there."""
        without_subscription, without_booth = [], []
        for id_, username, email, avatar, lacks_subscription, lacks_booth in self.answers("missing_companions"):
            person = Newcomer(id_, username, email, avatar, self._now, self._now)
            without_subscription += [person] if lacks_subscription else []
            without_booth += [person] if lacks_booth else []
        self._accounts.complete(self._connection, without_subscription, booth=False)
        self._accounts.complete(self._connection, without_booth, booth=True)
        self._note_booths(without_booth)
        return len(without_subscription), len(without_booth)

    def _note_booths(self, people: list[Newcomer]) -> None:
        if people:
            self._do(_NEW_BOOTHS, ([person.id for person in people],))

    def _do(self, command: str, values: tuple[object, ...]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(command, values)
