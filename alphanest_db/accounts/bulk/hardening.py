"""Storing plain keys as their hashes: the same keys go on working, at gateways that know how to look them up."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.bulk.working import BATCH_ROWS, Progress
from alphanest_db.database.identifiers import load_sql


def harden_keys(connection: Connection, *, progress: Progress) -> int:
    """Hash all plain keys, in batches, in the server; returns how many. It can be killed, and done again.

    The connection must be `working.key_changer`'s. A key whose hash another user holds already stays as it is.
    """
    done, after = 0, None
    while True:
        with connection, connection.cursor() as cursor:
            cursor.execute(load_sql(__package__, "harden_batch"), {"after": after, "rows": BATCH_ROWS})
            after, changed = cursor.fetchone() or (None, 0)
        if after is None:
            return done
        done += changed
        progress(done)
