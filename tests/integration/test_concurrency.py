"""Several at once, and killed at any moment: the next run completes, and everything is there once."""

import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.schema.concurrent_builds import built_index
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import RunOptions, upgrade
from tests.conftest import On
from tests.servers import execute, fetch

HEAD = read_revisions(migrations_folder()).heads[0]
COUNTS = """SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM subscriptions), (SELECT count(*) FROM market_booths),
                   (SELECT count(*) FROM nft_items), (SELECT count(*) FROM trades)"""
DEMO = [(3, 3, 3, 15, 12)]
INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"


def test_sixteen_at_once_make_one_database_with_the_data_once(absent_database: Target, on: On) -> None:
    processes = [on(absent_database).start("init", "--demo") for _ in range(16)]
    outputs = [process.communicate(timeout=240) for process in processes]

    assert [process.returncode for process in processes] == [0] * 16, outputs
    assert fetch(absent_database, COUNTS) == DEMO
    assert fetch(absent_database, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert sum("ak_" in out for out, _err in outputs) >= 1


def test_keys_are_shown_by_the_one_that_made_them(absent_database: Target, on: On) -> None:
    processes = [on(absent_database).start("init", "--demo", "--output", "json") for _ in range(3)]
    outputs = [process.communicate(timeout=240)[0] for process in processes]

    assert sorted('"api_key": "ak_' in out for out in outputs) == [False, False, True]


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_moment_the_next_run_completes(seed: int, absent_database: Target, on: On) -> None:
    moment = random.Random(seed)
    process = on(absent_database).start("init", "--demo")
    time.sleep(moment.uniform(0.2, 1.6))
    process.send_signal(signal.SIGKILL)
    process.communicate()

    result = on(absent_database)("init", "--demo")

    assert result.code == 0, result.err
    assert fetch(absent_database, COUNTS) == DEMO
    assert fetch(absent_database, INVALID) == []
    assert on(absent_database)("db", "check").code == 0


def test_invalid_index_of_a_killed_build_is_built_anew_and_no_other_is_touched(
    deployed_database: Target, on: On
) -> None:
    execute(
        deployed_database,
        "CREATE INDEX ix_trades_user_id ON trades (user_id)",
        'CREATE INDEX "somebody\'s" ON trades (pair)',
        "CREATE INDEX ix_trades_user_id_ccnew ON trades (user_id)",
        "UPDATE pg_index SET indisvalid = false WHERE indrelid = 'trades'::regclass AND NOT indisprimary",
    )

    result = on(deployed_database)("db", "upgrade", "--output", "json")

    assert result.json["dropped_invalid_indexes"] == ["ix_trades_user_id"]
    assert fetch(deployed_database, f"{INVALID} ORDER BY 1") == [('"somebody\'s"',), ("ix_trades_user_id_ccnew",)]
    assert fetch(deployed_database, "SELECT 'ix_trades_user_id'::regclass::text") == [("ix_trades_user_id",)]


def test_index_that_somebody_is_building_is_waited_for_and_kept(deployed_database: Target) -> None:
    oid = "SELECT oid FROM pg_class WHERE relname = 'ix_trades_user_id'"
    with connect(deployed_database) as busy, busy.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("UPDATE trades SET pair = pair")
        build = "CREATE INDEX CONCURRENTLY ix_trades_user_id ON trades (user_id)"
        building = pool.submit(execute, deployed_database, build)
        while fetch(deployed_database, INVALID) == []:
            time.sleep(0.01)
        before = fetch(deployed_database, oid)
        threading.Timer(1.0, busy.commit).start()
        run = upgrade(deployed_database, migrations_folder(), options=RunOptions(lock_timeout_seconds=0.2))
        building.result()
    busy.close()

    assert run.dropped_invalid_indexes == ()
    assert (fetch(deployed_database, oid), fetch(deployed_database, INVALID)) == (before, [])


@pytest.mark.parametrize(
    ("statement", "index", "table"),
    [
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS Ix_A ON t (a)", "ix_a", "t"),
        ('\ncreate unique index concurrently "Odd ""x" on only "s".t using hash (a)', 'Odd "x', '"s".t'),
    ],
)
def test_statement_says_what_it_builds(statement: str, index: str, table: str) -> None:
    assert built_index(statement) == (index, table)


@pytest.mark.parametrize("statement", ["CREATE INDEX ix ON t (a)", "CREATE INDEX CONCURRENTLY ON t (a)", "SELECT 1"])
def test_other_statements_build_nothing_by_name(statement: str) -> None:
    assert built_index(statement) is None
