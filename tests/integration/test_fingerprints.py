"""Fingerprints are equal for equal contents, whatever the server, and for no others."""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from alphanest_db.database.connect import connect
from alphanest_db.database.fingerprints import (
    LargeObjectsFingerprint,
    SequenceState,
    TableFingerprint,
    list_tables,
    pin_settings,
    read_fingerprint,
    read_fingerprints,
    read_large_objects,
    read_sequences,
    refuse_hidden_rows,
)
from alphanest_db.database.snapshots import exported_snapshot, snapshot_session
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, Refused
from tests.backup_scenes import SCHEMA, TABLE, VALUES
from tests.conftest import new_database
from tests.servers import Installation, execute, fetch, installations


@pytest.fixture(scope="module", params=installations(), ids=lambda installation: f"PostgreSQL {installation.version}")
def filled(request: pytest.FixtureRequest, server_of: Callable[[Installation], Target]) -> Iterator[Target]:
    """A database with values of many types, on each version of the server."""
    with new_database(server_of(request.param), "template0") as target:
        execute(target, VALUES)
        yield target


def fingerprint(target: Target, table: str, schema: str = "public") -> TableFingerprint:
    with exported_snapshot(target) as snapshot:
        pin_settings(snapshot.connection)
        return read_fingerprint(snapshot.connection, schema, table)


def test_contents_are_the_same_numbers_on_every_version(filled: Target) -> None:
    """The numbers are written down here: a backup is compared with them years later, on a newer server."""
    with exported_snapshot(filled) as snapshot:
        tables = list_tables(snapshot.connection)
        with snapshot_session(filled, snapshot.id) as second:
            found = read_fingerprints([snapshot.connection, second], tables)
        sequences = read_sequences(snapshot.connection)
        large = read_large_objects(snapshot.connection)

    assert [(item.table, item.rows, item.fingerprint) for item in found] == [
        ("t", 3, "2582164487421066729"),
        ("child", 2, "1900277056344653559"),
        ("nothing", 0, "0"),
        ("parent", 1, "-7620678293940249823"),
        ("parts_a", 2, "-225409265464571576"),
        ("parts_b", 3, "2018820919446649600"),
    ]
    assert sequences == [
        SequenceState("public", "fresh", 1, is_called=False),
        SequenceState("public", "my seq", 6, is_called=True),
    ]
    assert large == LargeObjectsFingerprint(3, "-3425074328321147327")


CHANGES = [
    f"{column} = {value}"
    for column, value in {
        "t": "'y'", '"a b"': "2", "small": "3", "big": "3 + 4294967296::bigint", "real": "1.2", "exact": "1.1", "ok": "false",
        "day": "'2026-11-25'", "ts": "'2026-11-24 21:12:00.000001'", "tz": "'2026-11-24 21:12:00.000001+01'",
        "span": "'26 hours'", "id": "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'", "bytes": "'\\xdeadbeee'",
        "j": """'{"b": 1, "a": 2}'""", "jb": """'{"b": 1.0}'""", "m": "'sad'", "p": "'(1,\"x,y\")'", "d": "6",
        "list": "'{1,3}'", "padded": "'ac'", "price": "0.10000000000000002", "net": "'10.0.0.2'",
    }.items()
]  # fmt: skip


@pytest.mark.parametrize("change", [*CHANGES, *(f"{item.partition(' = ')[0]} = NULL" for item in CHANGES)])
def test_changed_value_changes_the_fingerprint(filled: Target, change: str) -> None:
    connection = connect(filled)  # not in autocommit mode: the change is rolled back
    with contextlib.closing(connection), connection.cursor() as cursor:
        pin_settings(connection)
        before = read_fingerprint(connection, SCHEMA, "t")
        cursor.execute("UPDATE " + TABLE + " SET " + change + " WHERE id IS NOT NULL")
        assert cursor.rowcount == 1
        after = read_fingerprint(connection, SCHEMA, "t")

    assert after.rows == before.rows
    assert after.fingerprint != before.fingerprint


def test_values_that_change_places_change_the_fingerprint(empty_database: Target) -> None:
    execute(empty_database, "CREATE TABLE pairs (a text, b text)", "INSERT INTO pairs VALUES ('1', '2'), ('3', '4')")
    before = fingerprint(empty_database, "pairs")
    execute(empty_database, "UPDATE pairs SET b = CASE b WHEN '2' THEN '4' ELSE '2' END")
    across_rows = fingerprint(empty_database, "pairs")
    execute(empty_database, "TRUNCATE pairs", "INSERT INTO pairs VALUES ('2', '1'), ('3', '4')")
    across_columns = fingerprint(empty_database, "pairs")
    execute(empty_database, "TRUNCATE pairs", "INSERT INTO pairs VALUES ('3', '4'), ('1', '2')")
    other_order = fingerprint(empty_database, "pairs")

    assert len({before.fingerprint, across_rows.fingerprint, across_columns.fingerprint}) == 3
    assert other_order == before


def test_snapshot_does_not_see_what_came_later(empty_database: Target) -> None:
    execute(empty_database, "CREATE TABLE late (id int)", "INSERT INTO late VALUES (1)")
    with exported_snapshot(empty_database) as snapshot:
        execute(empty_database, "INSERT INTO late VALUES (2)")
        with snapshot_session(empty_database, snapshot.id) as connection:
            tables = list_tables(connection)
            assert [item.rows for item in read_fingerprints([connection], tables, with_hash=False)] == [1]


def test_snapshot_whose_connection_was_lost_is_gone(filled: Target) -> None:
    with exported_snapshot(filled) as snapshot:
        snapshot.connection.close()
        while fetch(
            filled, "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        ):
            time.sleep(0.01)
        with pytest.raises(DatabaseUnreachable, match="connection was lost"), snapshot_session(filled, snapshot.id):
            pass


def test_role_that_would_not_see_all_rows_is_refused(filled: Target) -> None:
    role = f"reader_{secrets.token_hex(4)}"
    reader = Target(filled.host, filled.port, role, filled.database, "reader")
    odd = TABLE.partition(".")[0]
    execute(
        filled, "CREATE TABLE secret (id int)", "CREATE TABLE shared (id int)", f"CREATE ROLE {role} LOGIN PASSWORD 'reader'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}", f"GRANT USAGE ON SCHEMA {odd} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {odd} TO {role}", f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE ALL ON secret FROM {role}",
    )  # fmt: skip
    with exported_snapshot(reader) as snapshot, pytest.raises(Refused, match=r"may not read public\.secret$"):
        refuse_hidden_rows(snapshot.connection)

    execute(filled, "DROP TABLE secret", "ALTER TABLE shared ENABLE ROW LEVEL SECURITY")
    with (
        exported_snapshot(reader) as snapshot,
        pytest.raises(Refused, match=r"hide rows of public\.shared from this role"),
    ):
        refuse_hidden_rows(snapshot.connection)
    with exported_snapshot(filled) as snapshot:
        refuse_hidden_rows(snapshot.connection)
    execute(filled, "DROP TABLE shared", f"DROP OWNED BY {role}", f"DROP ROLE {role}")
