"""One database takes another's place, under busy clients, and never halfway."""

import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg2
import pytest

from alphanest_db.database.connect import connect, session
from alphanest_db.database.databases import maintenance_session
from alphanest_db.database.swap import (
    SwapFacts,
    kept_name,
    read_swap_facts,
    refuse_if_in_the_way,
    swap,
)
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, Refused
from tests.conftest import new_database
from tests.servers import execute, fetch

NOW = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
LONGEST_OUTAGE_SECONDS = 0.5


@pytest.fixture
def pair(any_server: Target) -> Iterator[tuple[Target, str]]:
    """A live database and a new one beside it, each of which knows what it is."""
    with new_database(any_server, "template0") as live:
        incoming = any_server.with_database(f"new_{secrets.token_hex(4)}")
        execute(any_server, f"CREATE DATABASE {incoming.database}")
        for target, word in ((live, "old"), (incoming, "new")):
            execute(target, "CREATE TABLE me (word text)", f"INSERT INTO me VALUES ('{word}')")
        yield live, incoming.database
        for (left,) in fetch(any_server, f"SELECT datname FROM pg_database WHERE datname ~ '{live.database}_|^new_'"):
            execute(any_server, f"DROP DATABASE {left} WITH (FORCE)")


def who(target: Target) -> str:
    return str(fetch(target, "SELECT word FROM me")[0][0])


@contextmanager
def busy_clients(target: Target, count: int) -> Iterator[list[list[tuple[float, str]]]]:
    """Clients that query without pause and connect again when they are thrown out; yields when each saw which database."""
    done = threading.Event()
    seen: list[list[tuple[float, str]]] = [[] for _ in range(count)]

    def query(mine: list[tuple[float, str]]) -> None:
        while not done.is_set():
            try:
                with session(target) as connection, connection.cursor() as cursor:
                    while not done.is_set():
                        cursor.execute("SELECT word FROM me")
                        mine.extend((time.monotonic(), row[0]) for row in cursor)
                        time.sleep(random.uniform(0, 0.004))
            except (psycopg2.Error, AlphanestError):
                continue

    threads = [threading.Thread(target=query, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    while not all(seen):
        time.sleep(0.01)
    try:
        yield seen
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_busy_clients_see_the_old_one_and_then_the_new_one(pair: tuple[Target, str]) -> None:
    live, incoming = pair
    with busy_clients(live, 8) as seen:
        done = swap(live, incoming, f"{live.database}_kept")
        back = swap(live, f"{live.database}_kept", incoming)
        time.sleep(0.3)

    changes = [[word for _at, word in mine] for mine in seen]
    assert all(sorted(words[:1]) == ["old"] and words[-1] == "old" for words in changes)
    assert (who(live), done.kept, done.ended_sessions >= 8) == ("old", f"{live.database}_kept", True)
    assert max(done.outage_seconds, back.outage_seconds) < LONGEST_OUTAGE_SECONDS


def test_where_there_is_no_live_one_it_only_gets_the_name(pair: tuple[Target, str], any_server: Target) -> None:
    live, incoming = pair
    execute(any_server, f"DROP DATABASE {live.database}")
    assert swap(live, incoming, None).kept is None
    assert who(live) == "new"


def test_a_swap_that_fails_changes_neither_name(pair: tuple[Target, str]) -> None:
    live, incoming = pair
    with pytest.raises(Refused, match="does not exist"):
        swap(live, "nowhere", f"{live.database}_kept")
    assert (who(live), who(live.with_database(incoming))) == ("old", "new")


def test_what_is_in_the_way_is_named_before(pair: tuple[Target, str], any_server: Target) -> None:
    live, _incoming = pair
    connection = connect(live)
    connection.tpc_begin("forgotten")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO me VALUES ('half')")
    connection.tpc_prepare()
    with maintenance_session(live) as asking:
        facts = read_swap_facts(asking, live.database)
        assert facts is not None
        with pytest.raises(Refused, match="has prepared transactions forgotten"):
            refuse_if_in_the_way(live.database, facts)
    execute(live, "ROLLBACK PREPARED 'forgotten'")
    connection.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"owns": False}, "can be renamed by its owner only"),
        ({"replication_slots": ("feed",)}, "has logical replication slots feed"),
        ({"subscriptions": ("feed",)}, "has subscriptions feed"),
        ({"cannot_end": ("anna",)}, "has sessions of others that you may not end: anna"),
    ],
)
def test_each_obstacle_is_refused(changes: dict[str, object], said: str) -> None:
    facts: dict[str, object] = {"is_superuser": True, "may_create": True, "owns": True, "prepared_transactions": ()}
    facts |= {"replication_slots": (), "subscriptions": (), "cannot_end": ()}
    with pytest.raises(Refused, match=said):
        refuse_if_in_the_way("nest", SwapFacts(**(facts | changes)))  # type: ignore[arg-type] # each of its own type


def test_a_session_that_may_not_be_ended_is_seen(server: Target, database: Target) -> None:
    execute(
        database, "DROP ROLE IF EXISTS just_owner", "CREATE ROLE just_owner LOGIN PASSWORD 'x' CREATEDB",
        f"ALTER DATABASE {database.database} OWNER TO just_owner",
    )  # fmt: skip
    owner = Target(server.host, server.port, "just_owner", database.database, "x")
    with session(database), maintenance_session(owner) as connection:
        facts = read_swap_facts(connection, database.database)
        with pytest.raises(Refused, match="others are in it"):
            swap(owner, "nowhere", "somewhere")
    execute(database, f"ALTER DATABASE {database.database} OWNER TO {server.user}", "DROP ROLE just_owner")
    assert facts == SwapFacts(False, True, True, (), (), (), (server.user,))


def test_a_name_that_is_taken_or_too_long(server: Target) -> None:
    with session(server) as connection:
        assert kept_name(connection, "nest", NOW) == "nest_before_20261124_093015"
        execute(server, "CREATE DATABASE nest_before_20261124_093015")
        assert kept_name(connection, "nest", NOW) == "nest_before_20261124_093016"
        execute(server, "DROP DATABASE nest_before_20261124_093015")
        assert kept_name(connection, "é" * 20, NOW).endswith("_before_20261124_093015")
        with pytest.raises(Refused, match="is too long"):
            kept_name(connection, "é" * 20 + "x", NOW)
