"""One migrator at a time, and the application is never held up."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest

from alphanest_db.database.connect import connect, session
from alphanest_db.database.locks import MIGRATION_WORK, MIGRATOR, acquire, advisory_lock, find_holder
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout
from alphanest_db.schema.environment import prepare_session
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import RunOptions, RunReport, upgrade
from tests.conftest import On
from tests.servers import execute, fetch

FOLDER = migrations_folder()


@contextlib.contextmanager
def open_transaction(target: Target, statement: str) -> Iterator[None]:
    """Somebody who ran a statement and went for coffee."""
    connection = connect(target)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        yield


def test_the_holder_of_the_lock_is_named(database: Target) -> None:
    with (
        advisory_lock(database, MIGRATOR, wait_seconds=1),
        session(database) as other,
        pytest.raises(LockTimeout, match=r"process \d+ of tester \(alphanest lock, 127.0.0.1\), since 20"),
    ):
        acquire(other, MIGRATOR, wait_seconds=0.2)


def test_the_lock_is_free_after_its_holder_is_gone(database: Target) -> None:
    with advisory_lock(database, MIGRATOR, wait_seconds=1):
        pass
    with session(database) as connection:
        acquire(connection, MIGRATOR, wait_seconds=2)
        assert find_holder(connection, MIGRATOR) is not None


def test_upgrade_waits_for_another_migrator_and_says_for_whom(deployed_database: Target, on: On) -> None:
    with advisory_lock(deployed_database, MIGRATOR, wait_seconds=1):
        result = on(deployed_database)("db", "upgrade", "--lock-wait", "0.5")

    assert result.code == 3
    assert "another alphanest is at work on this database" in result.err
    assert fetch(deployed_database, "SELECT version_num FROM alembic_version") == [("d9a4a7469274",)]


def test_database_at_head_is_not_locked(database: Target, on: On) -> None:
    with advisory_lock(database, MIGRATOR, wait_seconds=1):
        result = on(database)("db", "upgrade", "--lock-wait", "0")

    assert (result.code, "nothing to do" in result.out) == (0, True)


def test_a_lock_that_is_not_free_soon_is_given_up_and_tried_again(deployed_database: Target) -> None:
    retries: list[int] = []
    with open_transaction(deployed_database, "SELECT count(*) FROM market_booths"):
        report = RunReport(retry=lambda attempt, _pause: retries.append(attempt))
        options = RunOptions(lock_timeout_seconds=0.1, retries=1)
        with pytest.raises(LockTimeout):
            upgrade(deployed_database, FOLDER, "c45b", options=options, report=report)

    assert retries == [1]
    assert upgrade(deployed_database, FOLDER).current == ("e1906a3bd482",)


def test_other_queries_never_wait_longer_than_the_lock_timeout(deployed_database: Target) -> None:
    waits: list[float] = []
    done = threading.Event()

    def query() -> None:
        with session(deployed_database) as connection, connection.cursor() as cursor:
            while not done.is_set():
                begun = time.monotonic()
                cursor.execute("SELECT count(*) FROM market_booths")
                waits.append(time.monotonic() - begun)
                time.sleep(0.01)

    reader = threading.Thread(target=query)
    with open_transaction(deployed_database, "SELECT count(*) FROM market_booths"):
        reader.start()
        with pytest.raises(LockTimeout):
            upgrade(deployed_database, FOLDER, "c45b", options=RunOptions(lock_timeout_seconds=0.3, retries=2))
    done.set()
    reader.join()

    assert max(waits) < 0.3 + 0.5  # the server looks at its timers when it gets to


def test_index_builds_wait_for_old_transactions_instead_of_failing(deployed_database: Target) -> None:
    connection = connect(deployed_database)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE trades SET pair = pair WHERE id = (SELECT min(id) FROM trades)")
        timer = threading.Timer(1.5, connection.commit)
        timer.start()
        run = upgrade(deployed_database, FOLDER, "3f7c", options=RunOptions(lock_timeout_seconds=0.2, retries=0))
        timer.join()

    assert [step.revision for step in run.steps] == ["3f7c1e9a5b20"]


def test_the_work_of_a_killed_client_ends_soon(database: Target) -> None:
    execute(database, "CREATE FUNCTION slow() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(60)'")
    connection = connect(database, application_name="doomed", autocommit=True)
    prepare_session(connection, lock_timeout_seconds=5, statement_timeout_seconds=0)
    worker = threading.Thread(target=_run_quietly, args=(connection,))
    worker.start()
    time.sleep(0.3)
    socket.socket(fileno=os.dup(connection.fileno())).shutdown(socket.SHUT_RDWR)
    worker.join(timeout=10)

    deadline = time.monotonic() + 10
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'doomed'"
    while fetch(database, query) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert fetch(database, query) == [(0,)]


def _run_quietly(connection: psycopg2.extensions.connection) -> None:
    with contextlib.suppress(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute("SELECT slow()")


def test_the_holders_statement_is_that_of_the_session_at_work(database: Target) -> None:
    with advisory_lock(database, MIGRATOR, wait_seconds=1), session(database) as worker, session(database) as observer:
        acquire(worker, MIGRATION_WORK, wait_seconds=1)
        with worker.cursor() as cursor:
            cursor.execute("SELECT 'the work'")
        holder = find_holder(observer, MIGRATOR)

    assert holder is not None
    assert (holder.application_name, holder.statement) == ("alphanest lock", "SELECT 'the work'")
