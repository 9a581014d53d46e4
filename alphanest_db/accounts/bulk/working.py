"""Changing many keys: one of us at a time, on the connection that does the work."""

import contextlib
from collections.abc import Callable, Iterator

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.key_form import Which
from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.locks import KEY_CHANGER, acquire
from alphanest_db.database.pooling import refuse_transaction_pooling
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout

BATCH_ROWS = 500
_WAIT_SECONDS = 30
_ROW_WAIT = "15s"

Progress = Callable[[int], None]  # how many keys are done


@contextlib.contextmanager
def key_changer(target: Target, *, timeout_seconds: int = 10) -> Iterator[Connection]:
    """A connection for transactions, that holds the lock of whoever changes many keys.

    The lock is that of the session which commits: as long as the server works on the last commit of a client that was killed,
    nobody else begins. A row that others hold is waited for, but not for ever. Raises LockTimeout, and Refused behind a pooler
    in transaction mode.
    """
    with session(target, timeout_seconds=timeout_seconds) as connection:
        refuse_transaction_pooling(target, connection, timeout_seconds=timeout_seconds)
        try:
            acquire(connection, KEY_CHANGER, wait_seconds=_WAIT_SECONDS)
        except LockTimeout as error:
            raise LockTimeout(error.message, "Try again when it is done; it must not be done twice at once.") from error
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_catalog.set_config('lock_timeout', %s, false)", (_ROW_WAIT,))
        connection.autocommit = False
        yield connection


def count_keys(connection: Connection, where: Which | None) -> int:
    """How many keys there are of that kind; reads only."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "count_keys"), {"where": where and where.value})
        row = cursor.fetchone()
        return int(row[0]) if row else 0
