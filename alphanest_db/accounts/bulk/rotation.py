"""Replacing many keys, so that it can be killed at any moment and gone on with."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extras import execute_values

from alphanest_db.accounts.api_keys import issue_key
from alphanest_db.accounts.bulk.journal import Journal, ToldKey
from alphanest_db.accounts.bulk.working import BATCH_ROWS, Progress
from alphanest_db.accounts.key_form import Which, hashed_form
from alphanest_db.accounts.lookup import can_be_stored
from alphanest_db.database.identifiers import load_sql
from alphanest_db.settings import KeyStorage

_STORE = """
UPDATE users SET api_key = new.stored, updated_at = now()
FROM (VALUES %s) AS new (id, stored)
WHERE users.id = new.id
"""


@dataclass(frozen=True)
class Settled:
    """What the file of a rotation holds: how many keys that are in force, and the user of the last of them."""

    keys: int
    last_id: str | None


def settle(connection: Connection, journal: Journal) -> Settled:
    """Take those lines out of the file whose keys are not in force, such as those of a batch that was not committed.

    The connection must hold the lock of `key_changer`: nobody's commit is on its way then.
    """
    keys, last_id, void = 0, None, 0
    for lines, valid in _checked(connection, journal):
        keys, void = keys + len(valid), void + len(lines) - len(valid)
        last_id = valid[-1].user_id if valid else last_id
    if void or not journal.ends_whole():
        journal.rewrite(line for _lines, valid in _checked(connection, journal) for line in valid)
    return Settled(keys, last_id)


def rotate_keys(
    connection: Connection, journal: Journal, where: Which | None, storage: KeyStorage, *, begin: Settled,
    progress: Progress, notify: Callable[[str], None],
) -> int:  # fmt: skip
    """Replace the keys of all users of that kind, from where the file ends; returns how many there are in it then.

    The connection must be `key_changer`'s. What goes wrong leaves whole batches, and at most one in the file alone.
    """
    done, after = begin.keys, begin.last_id
    with _explained(journal, notify):
        while batch := _rotate_batch(connection, journal, where, storage, after):
            done, after = done + len(batch), batch[-1].user_id
            progress(done)
    return done


def _rotate_batch(
    connection: Connection, journal: Journal, where: Which | None, storage: KeyStorage, after: str | None
) -> Sequence[ToldKey]:
    with connection, connection.cursor() as cursor:
        parameters = {"where": where and where.value, "after": after, "rows": BATCH_ROWS}
        cursor.execute(load_sql(__package__, "rotation_batch"), parameters)
        issued = [(*user, issue_key(storage)) for user in cursor]
        new = [(ToldKey(user_id, name, email, key.key), key.stored) for user_id, name, email, key in issued]
        told = [line for line, _stored in new]
        if told:
            journal.append(told)
            execute_values(cursor, _STORE, [(line.user_id, stored) for line, stored in new], page_size=BATCH_ROWS)
        return told


def _checked(connection: Connection, journal: Journal) -> Iterator[tuple[Sequence[ToldKey], Sequence[ToldKey]]]:
    """The lines of the file, some at a time, and those of them whose keys are in force."""
    for lines in journal.read():
        with connection, connection.cursor() as cursor:
            ids = [line.user_id for line in lines if can_be_stored(line.user_id)]
            cursor.execute("SELECT id, api_key FROM users WHERE id = ANY(%s)", (ids,))
            stored = dict(cursor.fetchall())
        yield lines, [line for line in lines if stored.get(line.user_id) in (line.api_key, hashed_form(line.api_key))]


@contextlib.contextmanager
def _explained(journal: Journal, notify: Callable[[str], None]) -> Iterator[None]:
    finished = False
    try:
        yield
        finished = True
    finally:
        if not finished:
            notify(
                f"not finished: the same command goes on; until then the last lines of {journal.path} may not be in force"
            )
