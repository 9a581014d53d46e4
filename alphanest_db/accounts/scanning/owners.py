"""Whose the keys are that were found."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extras import execute_values

from alphanest_db.accounts.key_form import hashed_form
from alphanest_db.accounts.scanning.model import Holder, LeakedKey, Owner
from alphanest_db.database.identifiers import load_sql

_BATCH_KEYS = 1000
_REVOKE = """
UPDATE users SET api_key = NULL, updated_at = now()
FROM (VALUES %s) AS leaked (id, stored)
WHERE users.id = leaked.id AND users.api_key = leaked.stored
RETURNING users.id
"""


def find_owners(connection: Connection, keys: Iterable[str]) -> dict[str, list[Holder]]:
    """Who has which of the keys, and how it is stored; keys that nobody has are not in it. Reads only."""
    owners: dict[str, list[Holder]] = {}
    for batch in _batches(dict.fromkeys(keys)):
        by_form = {form: key for key in batch for form in (key, hashed_form(key))}
        with connection.cursor() as cursor:
            cursor.execute(load_sql(__package__, "owners"), {"forms": list(by_form)})
            for user_id, username, email, is_active, stored in cursor:
                if stored in by_form:  # by bytes, whatever the column's collation takes for equal
                    holder = Owner(user_id, username, email, is_active), LeakedKey(user_id, stored)
                    owners.setdefault(by_form[stored], []).append(holder)
    return owners


def revoke_leaked(connection: Connection, leaked: Iterable[LeakedKey]) -> int:
    """Take the keys from those who still have them, in one transaction; returns from how many.

    Who has got another key since keeps it. The connection must be in autocommit mode.
    """
    keys = [(key.user_id, key.stored) for key in leaked]
    if not keys:
        return 0
    with connection.cursor() as cursor:
        return len(execute_values(cursor, _REVOKE, keys, page_size=len(keys), fetch=True))


def _batches(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    source = iter(keys)
    while batch := list(islice(source, _BATCH_KEYS)):
        yield batch
