"""Runs that change rows and are taken back: everything as it was, or what stands in the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from psycopg2 import sql

from alphanest_db.database.connect import transaction
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.journal.enforcement import enable, validate
from alphanest_db.journal.loosening import Loosened
from alphanest_db.journal.model import Action
from alphanest_db.journal.reading import UnknownRun, get_run, list_runs, read_changes
from alphanest_db.journal.undo import UndoBlocked
from tests.conftest import FIXTURES
from tests.journal_scenes import (
    BY,
    KIND,
    contents,
    deleted,
    inserted,
    recorded,
    shape_of,
    the_run,
    undone,
    updated,
)
from tests.servers import execute, fetch

ROWS = (FIXTURES / "check_rows.sql").read_text(encoding="utf-8")
BREAK = "SET session_replication_role = replica;"
ODD = r"""
CREATE TABLE "Odd; {} %s" (
    "select" integer, "Ä b" text COLLATE "C", number double precision, exact numeric, raw bytea, told json, told_b jsonb,
    moment timestamptz, span interval, list text[], padded char(6), twice integer GENERATED ALWAYS AS ("select" * 2) STORED,
    counted integer GENERATED ALWAYS AS IDENTITY, PRIMARY KEY ("select", "Ä b")
);
INSERT INTO "Odd; {} %s" VALUES
    (1, 'x''y', '-0', 'NaN', '\x00ff', '{"b" : 1,  "a": "\u0000"}', '{}', '2026-01-01 12:00:00.123456+02', '1 mon -1 day',
     '{a,NULL,"b,c"}', 'ab'),
    (2, E'line\nbreak', 'NaN', 1e-40, NULL, '"\u0041"', 'null', 'infinity', NULL, '{}', ''),
    (3, '', 0.1, 1.10, '\x', '[]', '[1]', '4713-01-01 BC', '00:00:01', NULL, NULL);
"""


@pytest.fixture
def scene(database: Target) -> Target:
    """Forty users with all that is theirs, and tables with odd names."""
    execute(database, ROWS, ODD)
    return database


@contextmanager
def blocked() -> Iterator[list[str]]:
    told: list[str] = []
    with pytest.raises(UndoBlocked) as caught:
        yield told
    told += map(str, caught.value.obstacles)


def test_every_value_comes_back_as_it_was(scene: Target) -> None:
    before = contents(scene)
    odd = "Odd; {} %s"
    with recorded(scene) as run:
        assert updated(run, odd, "true", "number", "1.5") == 3
        assert updated(run, odd, "true", "told", "'{}'::json") == 3
        assert deleted(run, "true", odd) == 3
        assert inserted(run, "reports", id=9, text="new") == 1
        assert updated(run, "reports", "id = 9", "text", "'newer'") == 1
        assert deleted(run, "user_id = 'u02'", "parts", "trades") == 2
    assert contents(scene) != before

    told = undone(scene, run.id)

    assert contents(scene) == before
    assert [step.rows for step in told.steps] == [1, 1, 1, 1, 3, 3, 3]
    assert told.loosened == ()


def test_journal_tells_what_was_changed(scene: Target) -> None:
    with recorded(scene) as run:
        updated(run, "trades", "id IN ('t01', 't02')", "pair", "CASE t.id WHEN 't01' THEN 'X' ELSE t.pair END")
        deleted(run, "id = 't03'", "trades")
    with transaction(scene) as connection:
        changes = list(read_changes(connection, run.id))
        [listed] = list_runs(connection, KIND)

    assert (listed.by, listed.details, listed.rows, listed.undone_at) == (BY, {"asked": "for"}, 2, None)
    assert [(step.action, step.table, step.rows) for step in listed.steps] == [
        (Action.update, "trades", 1), (Action.delete, "trades", 1),
    ]  # fmt: skip
    assert (changes[0].key, changes[0].before, changes[0].after) == ({"id": "t01"}, {"pair": "BTC/USDT"}, {"pair": "X"})
    assert changes[1].before is not None
    assert (changes[1].before["buy_price"], changes[1].after) == ("300", None)


def test_runs_of_others_and_none_are_not_found(scene: Target) -> None:
    with transaction(scene) as connection:
        assert list_runs(connection) == []
    with recorded(scene) as run:
        inserted(run, "reports", id=9, text="new")
    with transaction(scene) as connection:
        with pytest.raises(UnknownRun, match=f"run {run.id} is one of test, not of seed"):
            get_run(connection, run.id, "seed")
        with pytest.raises(UnknownRun, match="there is no run 999"):
            get_run(connection, 999, KIND)


def test_run_is_undone_once(scene: Target) -> None:
    with recorded(scene) as run:
        inserted(run, "reports", id=9, text="new")
    undone(scene, run.id)

    assert the_run(scene, run.id).undone_by == BY
    with pytest.raises(Refused, match="was undone already"):
        undone(scene, run.id)


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        ("UPDATE reports SET text = 'mine' WHERE id = 9", ["reports id=9: was changed since"]),
        ("INSERT INTO notes VALUES (1, 9)", ["notes id=1: report_id refers to what the run put into reports"]),
        ("UPDATE trades SET pair = 'mine' WHERE id = 't01'", ["trades id=t01: was changed since"]),
        ("DELETE FROM trades WHERE id = 't01'", ["trades id=t01: is gone"]),
        (
            "INSERT INTO market_booths (id, user_id) VALUES ('new', 'u40')",
            ["market_booths id=b40: a unique value of it is another row's now"],
        ),
        (
            "INSERT INTO market_booths (id, user_id) VALUES ('b40', 'u40')",
            ["market_booths id=b40: there is another row by this key"],
        ),
        (
            "DELETE FROM users WHERE id = 'u40'",
            ["market_booths id=b40: what user_id refers to is gone since (market_booths_user_id_fkey)"],
        ),
        ("ALTER TABLE trades DROP COLUMN pair", ["trades: the column pair is gone"]),
    ],
)
def test_what_is_newer_stands_in_the_way(scene: Target, newer: str, said: list[str]) -> None:
    execute(
        scene, "CREATE TABLE notes (id integer PRIMARY KEY, report_id integer REFERENCES reports ON DELETE CASCADE)"
    )
    execute(scene, "UPDATE nft_items SET booth_id = 'b39' WHERE booth_id = 'b40'")
    execute(scene, BREAK + "UPDATE trades SET user_id = 'ghost' WHERE id = 't05'")  # what comes back is an orphan, too
    with recorded(scene) as run:
        inserted(run, "reports", id=9, text="new")
        updated(run, "trades", "id = 't01'", "pair", "'X'")
        deleted(run, "id = 'b40'", "market_booths")
        deleted(run, "id = 't05'", "trades")
    execute(scene, newer)
    before = contents(scene)

    with blocked() as told:
        undone(scene, run.id)

    assert told == said
    assert contents(scene) == before


def test_what_is_as_it_was_already_does_not_stand_in_the_way(scene: Target) -> None:
    before = contents(scene)
    with recorded(scene) as run:
        inserted(run, "reports", id=9, text="new")
        updated(run, "trades", "id = 't01'", "pair", "'X'")
    execute(scene, "DELETE FROM reports WHERE id = 9", "UPDATE trades SET pair = 'BTC/USDT' WHERE id = 't01'")

    undone(scene, run.id)

    assert contents(scene) == before


def key_of_trades(target: Target) -> list[tuple[object, ...]]:
    return fetch(
        target,
        "SELECT convalidated, obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'trades_user_id_fkey'",
    )


ORPHANED = (
    BREAK,
    "UPDATE trades SET user_id = 'ghost' WHERE id IN ('t01', 't02')",
    "COMMENT ON CONSTRAINT trades_user_id_fkey ON trades IS 'kept'",
)


def test_orphans_come_back_under_a_key_that_stays_valid(scene: Target) -> None:
    execute(scene, *ORPHANED)
    before = contents(scene)
    with recorded(scene) as run:
        assert deleted(run, "t.user_id = 'ghost'", "trades") == 2

    told = undone(scene, run.id)

    assert contents(scene) == before
    assert told.loosened == ()
    assert key_of_trades(scene) == [(True, "kept")]


def test_whoever_may_not_pass_by_a_key_makes_it_not_valid(scene: Target) -> None:
    execute(scene, *ORPHANED)
    before = contents(scene)
    with as_owner(scene) as owner:
        with recorded(owner) as run:
            deleted(run, "t.user_id = 'ghost'", "trades")
        told = undone(owner, run.id)

    assert contents(scene) == before
    assert told.loosened == (Loosened("trades", "trades_user_id_fkey", was_valid=True),)
    assert key_of_trades(scene) == [(False, "kept")]
    with pytest.raises(Exception, match="violates foreign key constraint"):
        execute(scene, "UPDATE trades SET user_id = 'another ghost' WHERE id = 't03'")


def test_key_that_the_run_validated_is_not_valid_again(scene: Target) -> None:
    execute(scene, *ORPHANED, "ALTER TABLE trades DROP CONSTRAINT trades_user_id_fkey")
    execute(
        scene, "ALTER TABLE trades ADD CONSTRAINT trades_user_id_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID"
    )
    execute(scene, "ALTER TABLE subscriptions DROP CONSTRAINT ck_subscriptions_status")
    execute(scene, "UPDATE subscriptions SET status = 'Trial ' WHERE id = 's01'")
    execute(
        scene,
        "ALTER TABLE subscriptions ADD CONSTRAINT ck_subscriptions_status CHECK (status = lower(status)) NOT VALID",
    )
    before = contents(scene)
    with recorded(scene) as run:
        assert not validate(run, shape_of(run, "trades"), "trades_user_id_fkey", "test")
        deleted(run, "t.user_id = 'ghost'", "trades")
        updated(run, "subscriptions", "id = 's01'", "status", "'trial'")
        assert validate(run, shape_of(run, "trades"), "trades_user_id_fkey", "test")
        assert validate(run, shape_of(run, "subscriptions"), "ck_subscriptions_status", "test")
    assert not_valid(scene) == []

    told = undone(scene, run.id)

    assert contents(scene) == before
    assert not_valid(scene) == [("ck_subscriptions_status",), ("trades_user_id_fkey",)]
    assert {loosened.constraint for loosened in told.loosened} == {"ck_subscriptions_status", "trades_user_id_fkey"}


def test_constraint_that_others_validated_since_stands_in_the_way(scene: Target) -> None:
    execute(scene, "ALTER TABLE subscriptions DROP CONSTRAINT ck_subscriptions_status")
    execute(scene, "UPDATE subscriptions SET status = 'Trial ' WHERE id = 's01'")
    execute(
        scene,
        "ALTER TABLE subscriptions ADD CONSTRAINT ck_subscriptions_status CHECK (status = lower(status)) NOT VALID",
    )
    with recorded(scene) as run:
        updated(run, "subscriptions", "id = 's01'", "status", "'trial'")
    execute(scene, "ALTER TABLE subscriptions VALIDATE CONSTRAINT ck_subscriptions_status")

    with blocked() as told:
        undone(scene, run.id)

    assert told == ["subscriptions: ck_subscriptions_status was validated since"]


def test_constraint_that_is_newer_stands_in_the_way(scene: Target) -> None:
    with recorded(scene) as run:
        updated(run, "trades", "id = 't01'", "pair", "'X'")
    execute(scene, "ALTER TABLE trades ADD CONSTRAINT short CHECK (pair = 'X') NOT VALID")

    with blocked() as told:
        undone(scene, run.id)

    assert told == ["trades: short does not let the old rows in again"]


def test_triggers_of_a_key_are_switched_on_and_off_again(scene: Target) -> None:
    execute(scene, "ALTER TABLE trades DISABLE TRIGGER ALL")
    switched = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'trades'::regclass AND tgenabled = 'D'"
    with recorded(scene) as run:
        assert enable(run, shape_of(run, "trades"), "trades_user_id_fkey", "test")
    assert fetch(scene, switched) == [(0,)]

    undone(scene, run.id)

    assert fetch(scene, switched) == [(2,)]
    with as_owner(scene) as owner, recorded(owner) as run:
        assert not enable(run, shape_of(run, "trades"), "trades_user_id_fkey", "test")


def test_tables_that_refer_to_each_other_go_and_come_together(scene: Target) -> None:
    execute(
        scene,
        "CREATE TABLE a (id integer PRIMARY KEY, b integer)",
        "CREATE TABLE b (id integer PRIMARY KEY REFERENCES a ON DELETE CASCADE)",
        "INSERT INTO a VALUES (1, 1), (2, 2); INSERT INTO b VALUES (1), (2)",
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b ON DELETE RESTRICT",
    )
    before = contents(scene)
    with recorded(scene) as run:
        assert deleted(run, "t.id = 1", "b", "a") == 2
    execute(scene, "ALTER TABLE a DROP CONSTRAINT a_b_fkey")

    undone(scene, run.id)

    assert contents(scene) == before


def test_what_a_trigger_changes_is_written_down_too(scene: Target) -> None:
    execute(
        scene,
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.updated_at = clock_timestamp(); RETURN NEW; END $$",
        "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()",
    )
    before = contents(scene)
    with recorded(scene) as run:
        updated(run, "users", "id = 'u01'", "avatar", "'X'")
    with transaction(scene) as connection:
        [change] = read_changes(connection, run.id)
    assert change.before is not None
    assert change.before.keys() == {"avatar", "updated_at"}

    with as_owner(scene) as owner:  # who cannot pass the trigger by
        with blocked() as told:
            undone(owner, run.id)
        assert told == ["users id=u01: a trigger changes what is put back"]

    undone(scene, run.id)
    assert contents(scene) == before


def test_rows_put_in_by_copy_are_written_down_afterwards(scene: Target) -> None:
    before = contents(scene)
    with recorded(scene) as run, run.connection.cursor() as cursor:
        cursor.execute("INSERT INTO reports VALUES (7, 'a'), (8, 'b')")
        assert run.inserted(shape_of(run, "reports"), sql.SQL("t.id IN (7, 8)"), "test") == 2

    undone(scene, run.id)

    assert contents(scene) == before


def test_table_without_a_key_is_only_deleted_from(scene: Target) -> None:
    execute(scene, "CREATE TABLE bare (a integer)", "INSERT INTO bare VALUES (1), (1), (NULL)")
    before = contents(scene)
    with recorded(scene) as run:
        assert deleted(run, "a = 1", "bare") == 2
    with pytest.raises(Refused, match="bare has no primary key"), recorded(scene) as other:
        updated(other, "bare", "true", "a", "2")

    undone(scene, run.id)

    assert contents(scene) == before


def not_valid(target: Target) -> list[tuple[object, ...]]:
    return fetch(target, "SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1")


@contextmanager
def as_owner(target: Target) -> Iterator[Target]:
    """The owner of all tables, who is no superuser."""
    role = f"owner_of_{target.database}"
    execute(
        target, f"CREATE ROLE {role} LOGIN PASSWORD 'owner'", f"GRANT CREATE ON DATABASE {target.database} TO {role}",
        f"GRANT ALL ON SCHEMA public TO {role}", f"ALTER SCHEMA alphanest_admin OWNER TO {role}",
        "DO $$ DECLARE t record; BEGIN FOR t IN SELECT oid::regclass AS name FROM pg_class WHERE relkind IN ('r', 'p') AND"
        " relnamespace IN ('public'::regnamespace, 'alphanest_admin'::regnamespace)"
        f" LOOP EXECUTE format('ALTER TABLE %s OWNER TO {role}', t.name); END LOOP; END $$",
    )  # fmt: skip
    yield replace(target, user=role, password="owner")
    execute(target, f"REASSIGN OWNED BY {role} TO CURRENT_USER", f"DROP OWNED BY {role}", f"DROP ROLE {role}")
