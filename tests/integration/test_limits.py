"""Time limits of a role do not end long work, and hold for what is short."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import replace

from alphanest_db.database.connect import session, transaction
from alphanest_db.database.snapshots import exported_snapshot, snapshot_session
from alphanest_db.database.target import Target
from tests.conftest import On
from tests.servers import execute, fetch

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")
# What takes longer than the limits: building the index, and ANALYZE, call it for the row. It will not have it where a session may
# not be idle: pg_restore lifts all other limits, and its sessions are idle while another builds the index that they wait for.
SLOW = (
    "CREATE FUNCTION slow(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN"
    " IF pg_catalog.current_setting('idle_session_timeout') <> '0' THEN RAISE 'this session may not be idle'; END IF;"
    " PERFORM pg_catalog.pg_sleep(0.6); RETURN id; END$$",
    "CREATE TABLE slow_rows (id int PRIMARY KEY)", "INSERT INTO slow_rows VALUES (1)",
    "CREATE INDEX ON slow_rows (slow(id))",
)  # fmt: skip


def limits_of(target: Target) -> tuple[str, ...]:
    return LIMITS if fetch(target, "SHOW server_version_num")[0][0] < "170000" else (*LIMITS, "transaction_timeout")  # type: ignore[operator] # it is text


@contextlib.contextmanager
def hurried_role(server: Target) -> Iterator[Target]:
    """An empty database, as a role that is given half a second for anything."""
    name, password = f"hurried_{secrets.token_hex(4)}", secrets.token_hex(8)
    execute(server, f"CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{password}'", f"CREATE DATABASE {name}")
    execute(server, *(f"ALTER ROLE {name} SET {limit} = '500ms'" for limit in limits_of(server)))
    yield replace(server, user=name, password=password, database=name)
    for (kept,) in fetch(server, f"SELECT datname FROM pg_database WHERE datname LIKE '{name}%'"):
        execute(server, f"DROP DATABASE {kept} WITH (FORCE)")
    execute(server, f"DROP ROLE {name}")


def test_sessions_and_snapshots_have_none_and_short_transactions_have_them(any_server: Target) -> None:
    shown = "SELECT " + ", ".join(f"pg_catalog.current_setting('{limit}')" for limit in limits_of(any_server))
    seen = []
    with (
        hurried_role(any_server) as hurried,
        session(hurried) as first,
        exported_snapshot(hurried) as snapshot,
        snapshot_session(hurried, snapshot.id) as third,
        transaction(hurried) as fourth,
        transaction(hurried, patient=True) as fifth,
    ):
        for connection in (first, snapshot.connection, third, fourth, fifth):
            with connection.cursor() as cursor:
                cursor.execute(shown)
                seen.append(set(cursor.fetchone() or ()))

    assert seen == [{"0"}, {"0"}, {"0"}, {"500ms"}, {"0"}]


def test_long_work_takes_its_time(server: Target, on: On) -> None:
    with hurried_role(server) as hurried:
        program = on(hurried)
        assert program("init", "--demo").code == 0
        execute(hurried, *SLOW)
        for arguments in (
            ("backup", "--format", "plain"), ("restore", "latest", "--yes"), ("backup", "--format", "custom"),
            ("backup", "verify"), ("reset", "--yes", "--demo"),
        ):  # fmt: skip
            result = program(*arguments)
            assert result.code == 0, (arguments, result)
