"""The connection on which rows are repaired, or a repair is undone: one at a time, in one transaction."""

import contextlib
from collections.abc import Callable, Iterator

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.model import Options
from alphanest_db.checks.moment import set_up
from alphanest_db.checks.repair.model import RepairOptions
from alphanest_db.database.connect import session
from alphanest_db.database.locks import REPAIRER, LockHolder, acquire
from alphanest_db.database.pooling import refuse_transaction_pooling
from alphanest_db.database.target import Target

_NAME = "alphanest repair"


@contextlib.contextmanager
def one_repairer(target: Target, options: RepairOptions, progress: Callable[[str], None]) -> Iterator[Connection]:
    """A connection in autocommit mode that holds the lock of all repairs; of a process that was killed, until its server ends.

    Raises LockTimeout, naming who has it, and Refused behind a pooler in transaction mode.
    """
    timeout_seconds = options.connect_timeout_seconds

    def tell(waited_seconds: float, holder: LockHolder | None) -> None:
        who = f"process {holder.pid} of {holder.user}" if holder else "another process"
        progress(f"waiting for {who} to finish its repair ({waited_seconds:.0f} s)")

    with session(target, timeout_seconds=timeout_seconds, application_name=_NAME) as connection:
        refuse_transaction_pooling(target, connection, timeout_seconds=timeout_seconds)
        acquire(connection, REPAIRER, wait_seconds=options.lock_wait_seconds, progress=tell)
        yield connection


@contextlib.contextmanager
def one_transaction(connection: Connection, options: RepairOptions) -> Iterator[None]:
    """A transaction that sees what others commit, and waits for nobody long; rolled back at the end, unless it was committed."""
    connection.set_session(isolation_level="READ COMMITTED", autocommit=False)
    try:
        set_up(connection, look_options(options))
        yield
    finally:
        if not connection.closed:
            connection.rollback()


def look_options(options: RepairOptions) -> Options:
    """How to look at what is left."""
    return Options(
        samples=options.samples, everything=options.everything, jobs=options.jobs,
        statement_timeout_seconds=options.statement_timeout_seconds, lock_timeout_seconds=options.lock_timeout_seconds,
        connect_timeout_seconds=options.connect_timeout_seconds,
    )  # fmt: skip
