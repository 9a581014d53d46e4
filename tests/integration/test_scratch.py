"""Databases for a moment leave nothing behind."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import DivisionByZero

from alphanest_db.database.connect import connect
from alphanest_db.database.scratch import KEEPER, PREFIX, claimed_name, drop_forgotten, scratch_database
from alphanest_db.database.target import Target
from tests.embedded_scenes import wait_until
from tests.servers import execute, fetch


def scratch_names(server: Target) -> list[str]:
    """The scratch databases on the server."""
    return [str(row[0]) for row in fetch(server, f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'")]


def test_scratch_database_is_gone_afterwards(server: Target) -> None:
    with scratch_database(server, Path("unused")) as scratch:
        execute(scratch, "CREATE TABLE t (id int)")
        assert scratch.database in scratch_names(server)
    assert scratch.database not in scratch_names(server)


def test_forgotten_ones_are_dropped_and_living_ones_are_not(server: Target) -> None:
    forgotten = f"{PREFIX}0123456789abcdef"
    execute(server, f"CREATE DATABASE {forgotten}")
    left_over = connect(server.with_database(forgotten))  # what a killed pg_restore may leave behind for a moment

    with claimed_name(server) as claimed:
        execute(server, f"CREATE DATABASE {claimed.database}")
        dropped = drop_forgotten(server)
        assert claimed.database in scratch_names(server)

    left_over.close()
    assert (forgotten in dropped, claimed.database in dropped) == (True, False)
    assert not {forgotten, claimed.database} & set(scratch_names(server))


def test_who_is_killed_has_forgotten_it(server: Target) -> None:
    keepers = f"SELECT pid FROM pg_stat_activity WHERE application_name = '{KEEPER}'"
    before = fetch(server, keepers)
    with claimed_name(server) as claimed:
        execute(server, f"CREATE DATABASE {claimed.database}")
        (keeper,) = set(fetch(server, keepers)) - set(before)
        fetch(server, f"SELECT pg_terminate_backend({keeper[0]}, 5000)")

        assert claimed.database in drop_forgotten(server)


@contextmanager
def databases_in_the_making(server: Target, *names: str) -> Iterator[list[Future[None]]]:
    """CREATE DATABASE at work for each name, until `drop_forgotten` has looked; what comes of each is told after the block."""
    template = "template_in_use"
    execute(server, f"CREATE DATABASE {template}")
    in_use = connect(server.with_database(template))  # CREATE DATABASE waits for its end, five seconds at most
    with ThreadPoolExecutor() as executor:
        making = [executor.submit(execute, server, f'CREATE DATABASE "{name}" TEMPLATE {template}') for name in names]
        makers = f"SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%{template}' AND state = 'active'"
        wait_until(lambda: len(fetch(server, makers)) == len(names))
        drop_forgotten(server)
        in_use.close()
        yield making
    execute(server, f"DROP DATABASE {template}")


def test_what_the_server_still_makes_for_a_killed_process_is_not_made(server: Target) -> None:
    forgotten = f"{PREFIX}fedcba9876543210"
    with claimed_name(server) as claimed, databases_in_the_making(server, forgotten, claimed.database) as making:
        of_killed, of_living = making
        of_living.result()
        assert claimed.database in scratch_names(server)
        with pytest.raises(psycopg2.OperationalError):
            of_killed.result()

    assert forgotten not in scratch_names(server)


@pytest.mark.parametrize("name", [f"{PREFIX}of_mine", f"{PREFIX}01 of mine", f"{PREFIX}01-2"])
def test_who_makes_a_database_with_a_similar_name_is_left_alone(name: str, server: Target) -> None:
    with databases_in_the_making(server, name) as [making]:
        making.result()

    assert name in scratch_names(server)
    execute(server, f'DROP DATABASE "{name}"')


def test_a_database_that_cannot_be_dropped_now_hides_no_error_and_is_dropped_by_the_next(server: Target) -> None:
    with pytest.raises(DivisionByZero), claimed_name(server) as scratch:
        execute(server, f"CREATE DATABASE {scratch.database} IS_TEMPLATE true", "SELECT 1 / 0")

    drop_forgotten(server)
    assert scratch.database in scratch_names(server)
    execute(server, f"ALTER DATABASE {scratch.database} IS_TEMPLATE false")
    assert scratch.database in drop_forgotten(server)
    assert scratch.database not in scratch_names(server)
