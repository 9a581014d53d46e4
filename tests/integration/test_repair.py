"""`check integrity --fix` and `check undo`: everything certain is mended, and everything comes back as it was."""

import signal
import threading
import time

import pytest

from alphanest_db.database.connect import connect, transaction
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from tests.conftest import On, new_database
from tests.journal_scenes import contents
from tests.repair_scenes import BREAK, broken, column, left, orderly, repair, repaired, sums
from tests.servers import execute, fetch

CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid <> 0"
    " AND connamespace <> to_regnamespace('alphanest_admin') ORDER BY 1, 2"
)
# Their names have numbers that another server, or another key, would have otherwise.
TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgfoid::regproc::text, tgenabled::text FROM pg_trigger WHERE tgisinternal"
    " AND tgrelid::regclass::text NOT LIKE 'alphanest_admin.%' ORDER BY 1, 2, 3"
)


def test_all_that_is_certain_is_repaired_and_comes_back(database: Target, on: On) -> None:
    before, constraints = contents(broken(database)), fetch(database, CONSTRAINTS)

    planned = repair(on, database, "--dry-run", "--output", "json").json
    assert (contents(database), fetch(database, CONSTRAINTS)) == (before, constraints)
    assert planned["run"] is None
    done = repaired(on, database)

    assert (sums(planned), left(planned)) == (sums(done), left(done))
    assert sums(done) == {
        ("users-without-subscription", "insert", "subscriptions", 2),
        ("users-without-booth", "insert", "market_booths", 1),
        ("items-without-booth", "update", "nft_items", 2),
        ("items-in-foreign-booth", "update", "nft_items", 1),
        ("orphans", "delete", 'Odd "Schema".Child; %s {}', 3),
        ("orphans", "delete", "parts", 1),
        ("orphans", "delete", "trades", 2),
        ("orphans", "delete", "nft_items", 1),
        ("unknown-status", "update", "subscriptions", 1),
        ("unknown-theme", "update", "market_booths", 1),
        ("active-listings", "update", "market_booths", 7),
        ("unvalidated-foreign-keys", "validate", "notes_fk", 0),
        ("unvalidated-constraints", "validate", "has_text", 0),
        ("unenforced-foreign-keys", "enable", "loose_id_fkey", 0),
    }
    assert left(done) == {"unknown-status": 1, "unknown-plan": 1, "model-nullable": 1, "model-values": 5}
    assert left(repaired(on, database)) == left(done)  # again: nothing more to do

    told = on(database)("check", "undo", str(done["run"]), "--yes")
    assert told.code == 0, told.err
    assert (contents(database), fetch(database, CONSTRAINTS)) == (before, constraints)
    assert fetch(database, "SELECT count(*) FROM pg_class WHERE relname LIKE 'quarantine%'") == [(0,)]
    assert on(database)("check", "undo", str(done["run"]), "--yes").code == 3


def test_it_works_on_every_version_of_the_server(any_server: Target, on: On) -> None:
    with new_database(any_server, "template0 ENCODING 'UTF8'") as target:
        upgrade(target, migrations_folder())
        before = contents(broken(target))

        done = repaired(on, target)

        assert left(done) == {"unknown-status": 1, "unknown-plan": 1, "model-nullable": 1, "model-values": 5}
        assert on(target)("check", "undo", str(done["run"]), "--yes").code == 0
        assert contents(target) == before


def test_companions_are_those_of_registering(database: Target, on: On) -> None:
    orderly(database, "DELETE FROM nft_items WHERE owner_id = 'u02'", "DELETE FROM subscriptions WHERE user_id = 'u02'")
    execute(database, "DELETE FROM market_booths WHERE user_id = 'u02'")
    create = ("user", "create", "--username", "user2nd", "--email", "second@example.com", "--password-stdin")
    assert on(database)(*create, stdin="correct horse battery\n").code == 0

    assert left(repaired(on, database)) == {}

    made = (
        "SELECT to_jsonb({0}) - '{{id,user_id,created_at}}'::text[] FROM {0} JOIN users AS u ON u.id = user_id"
        " WHERE username = '{1}'"
    )
    for table in ("subscriptions", "market_booths"):
        [ours], [theirs] = (column(database, made.format(table, name)) for name in ("user2", "user2nd"))
        assert str(ours).replace("user2", "user2nd") == str(theirs)


def test_quarantine_keeps_the_row_with_run_reason_and_time(database: Target, on: On) -> None:
    orderly(database, "UPDATE trades SET user_id = 'ghost' WHERE id = 't01'")
    [row] = fetch(database, "SELECT to_jsonb(trades) FROM trades WHERE id = 't01'")

    run = repaired(on, database)["run"]

    kept = (
        "SELECT to_jsonb(q) - '{quarantine_run,quarantine_reason,quarantine_time}'::text[], quarantine_run, quarantine_reason,"
        " quarantine_time > now() - interval '1 minute' FROM alphanest_admin.quarantine_trades AS q"
    )
    assert fetch(database, kept) == [(row[0], run, "user_id is 'ghost', which is not in users", True)]
    execute(database, "ALTER TABLE trades ADD COLUMN note text, ALTER COLUMN pair TYPE varchar(60)")
    execute(
        database, BREAK + "UPDATE trades SET user_id = 'ghost', note = 'new', pair = repeat('x', 60) WHERE id = 't02'"
    )
    repaired(on, database)
    assert fetch(database, "SELECT id, note FROM alphanest_admin.quarantine_trades ORDER BY id") == [
        ("t01", None),
        ("t02", "new"),
    ]


def test_what_a_trigger_or_a_rule_of_others_refuses_is_said_and_nothing_is_changed(database: Target, on: On) -> None:
    orderly(
        database, "UPDATE trades SET user_id = 'ghost' WHERE id = 't01'", "DELETE FROM subscriptions WHERE id = 's01'"
    )
    guard = "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''trades stay''; END'"
    execute(database, guard, "CREATE TRIGGER guard BEFORE DELETE ON trades FOR EACH ROW EXECUTE FUNCTION guard()")
    before = contents(database)

    done = repair(on, database, "--yes")

    assert (done.code, "a trigger of the database refused: trades stay" in done.err) == (3, True), done.err
    execute(database, "ALTER TABLE subscriptions ADD COLUMN paid_by text NOT NULL DEFAULT 'x'")
    execute(database, "ALTER TABLE subscriptions ALTER COLUMN paid_by DROP DEFAULT")
    done = repair(on, database, "--yes")
    assert done.code == 3
    assert "users without subscription or booth cannot be repaired: null value in column" in done.err
    execute(database, "ALTER TABLE subscriptions DROP COLUMN paid_by")
    assert contents(database) == before


WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'alphanest repair' AND wait_event_type = 'Lock'"
    " AND datname = current_database()"
)
CHAIN = """
CREATE TABLE likes (id integer PRIMARY KEY, booth_id varchar(36) REFERENCES market_booths ON DELETE CASCADE);
CREATE TABLE replies (id integer PRIMARY KEY, like_id integer REFERENCES likes ON DELETE RESTRICT);
CREATE TABLE pins (id integer PRIMARY KEY, booth_id varchar(36) REFERENCES market_booths ON DELETE SET NULL);
CREATE TABLE plain (like_id integer REFERENCES likes ON DELETE SET NULL);
CREATE INDEX ON likes (booth_id); CREATE INDEX ON replies (like_id); CREATE INDEX ON pins (booth_id);
CREATE INDEX ON plain (like_id);
INSERT INTO likes VALUES (1, 'b03'), (2, 'b04'); INSERT INTO replies VALUES (1, 1), (2, 2);
INSERT INTO pins VALUES (1, 'b03'), (2, 'b04');
INSERT INTO plain VALUES (1), (2);
"""


def test_what_refers_to_an_orphan_goes_with_it_and_the_items_of_the_living_stay(database: Target, on: On) -> None:
    """A booth whose user is gone, with items of that user, one of a living user, and rows of other tables."""
    orderly(database)
    execute(
        database,
        CHAIN,
        BREAK + "DELETE FROM users WHERE id = 'u03'; UPDATE nft_items SET booth_id = 'b03' WHERE id = 'i05a'",
    )
    before = contents(database)

    done = repaired(on, database, "--skip", "structure")

    assert sums(done) == {
        ("items-in-foreign-booth", "update", "nft_items", 1), ("orphans", "update", "pins", 1),
        *(("orphans", "delete", table, 1) for table in ("market_booths", "likes", "replies", "plain", "subscriptions", "trades")),
        ("orphans", "delete", "nft_items", 2),
    }  # fmt: skip
    assert fetch(database, "SELECT id, booth_id FROM pins ORDER BY id") == [(1, None), (2, "b04")]
    assert column(database, "SELECT booth_id FROM nft_items WHERE id = 'i05a'") == ["b05"]
    reasons = "SELECT quarantine_reason FROM alphanest_admin.quarantine_replies"
    assert column(database, reasons) == ["like_id refers to a row of likes that goes"]
    assert left(done) == {"creator-links": 0} or left(done) == {}
    assert on(database)("check", "undo", str(done["run"]), "--yes").code == 0
    assert contents(database) == before


def test_only_orphans_gives_a_living_user_a_booth_before_the_item_would_be_lost(database: Target, on: On) -> None:
    orderly(database, "DELETE FROM users WHERE id = 'u03'", "DELETE FROM market_booths WHERE id = 'b05'")

    done = repaired(on, database, "--only", "orphans")

    assert ("users-without-booth", "insert", "market_booths", 1) in sums(done)
    assert column(database, "SELECT count(*) FROM nft_items WHERE owner_id = 'u05'") == [2]
    assert left(done) == {}


def test_null_is_put_only_where_the_column_takes_it(database: Target, on: On) -> None:
    orderly(
        database,
        "UPDATE trades SET user_id = 'ghost' WHERE id = 't01'",
        "UPDATE parts SET user_id = 'ghost' WHERE id = 1",
    )
    execute(database, BREAK + 'INSERT INTO "Odd ""Schema"""."Child; %s {}" VALUES (4, NULL, 1)')

    done = repaired(on, database, "--only", "orphans", "--orphans", "null")

    assert sums(done) == {("orphans", "update", "parts", 1), ("orphans", "update", 'Odd "Schema".Child; %s {}', 1)}
    assert left(done) == {"orphans": 1}
    assert column(database, "SELECT user_id FROM parts WHERE id = 1") == [None]


def test_row_that_a_trigger_keeps_is_not_put_aside(database: Target, on: On) -> None:
    orderly(database, "UPDATE trades SET user_id = 'ghost' WHERE id IN ('t01', 't02')")
    execute(
        database, "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER keep BEFORE DELETE ON trades FOR EACH ROW WHEN (OLD.id = 't01') EXECUTE FUNCTION keep()",
    )  # fmt: skip

    done = repaired(on, database)

    assert (sums(done), left(done)) == ({("orphans", "delete", "trades", 1)}, {"orphans": 1})
    assert column(database, "SELECT id FROM alphanest_admin.quarantine_trades") == ["t02"]


def test_search_path_without_public_makes_no_orphan_of_an_item(database: Target, on: On) -> None:
    orderly(database, "UPDATE nft_items SET booth_id = 'ghost' WHERE id = 'i01a'")
    execute(database, f"ALTER DATABASE {database.database} SET search_path = ''")

    done = repaired(on, database)

    assert sums(done) == {("items-without-booth", "update", "nft_items", 1)}
    assert left(done) == {}


def test_row_with_several_defects_comes_back(database: Target, on: On) -> None:
    """Mended step by step, it is an orphan to the first step alone."""
    orderly(database)
    execute(
        database, "ALTER TABLE nft_items DROP CONSTRAINT ck_nft_items_rarity",
        "CREATE TABLE twice (id integer PRIMARY KEY, a integer REFERENCES reports, b integer REFERENCES reports)",
        BREAK + "INSERT INTO twice VALUES (1, 98, 99);"
        " UPDATE nft_items SET booth_id = 'ghost', rarity = 'RARE' WHERE id = 'i01a'",
    )  # fmt: skip
    before = contents(database)

    done = repaired(on, database, "--orphans", "null", "--skip", "structure")

    steps = {("orphans", "update", "twice", 1), ("items-without-booth", "update", "nft_items", 1)}
    assert sums(done) == {*steps, ("unknown-rarity", "update", "nft_items", 1)}
    told = on(database)("check", "undo", str(done["run"]), "--yes")
    assert told.code == 0, told.err
    assert contents(database) == before


def test_delete_keeps_no_copy_beside_the_journal(database: Target, on: On) -> None:
    orderly(database, "UPDATE trades SET user_id = 'ghost' WHERE id = 't01'")
    before = contents(database)

    done = repaired(on, database, "--orphans", "delete")

    assert column(database, "SELECT count(*) FROM pg_class WHERE relname LIKE 'quarantine%'") == [0]
    assert on(database)("check", "undo", str(done["run"]), "--yes").code == 0
    assert contents(database) == before


def test_orphans_of_a_key_that_is_missing_are_mended_too(database: Target, on: On) -> None:
    orderly(database, "DELETE FROM users WHERE id = 'u03'")
    execute(database, "ALTER TABLE trades DROP CONSTRAINT trades_user_id_fkey")
    before = contents(database)

    done = repaired(on, database, "--only", "orphans")

    assert ("orphans", "delete", "trades", 1) in sums(done)
    assert on(database)("check", "undo", str(done["run"]), "--yes").code == 0
    assert contents(database) == before


def test_words_lose_case_and_spaces_alone(database: Target, on: On) -> None:
    orderly(database)
    execute(
        database,
        *(
            f"ALTER TABLE {t} DROP CONSTRAINT {c}"
            for t, c in fetch(
                database,
                "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'ck_%'",
            )
        ),
    )
    words = ["ACTIVE", " trial", "Expired\t\n", "\u00a0cancelled\ufeff", "act ive", "actve", "", "canceled"]
    for number, word in enumerate(words, 1):
        execute(database, f"UPDATE subscriptions SET status = E'{word}' WHERE id = 's0{number}'")

    done = repaired(on, database, "--only", "unknown-status")

    found = column(database, "SELECT status FROM subscriptions WHERE id < 's09' ORDER BY id")
    assert found == ["active", "trial", "expired", "cancelled", "act ive", "actve", "", "canceled"]
    [item] = done["left"]
    assert (item["count"], len(item["samples"])) == (4, 3)
    assert all(sample["sql"].startswith("UPDATE") for sample in item["samples"])


def test_what_somebody_lives_with_is_left_alone(database: Target, on: On) -> None:
    orderly(database, "UPDATE trades SET user_id = 'ghost' WHERE id IN ('t01', 't02')")
    ignore = '[[checks]]\ncheck = "orphans"\nkey = "t01"\nreason = "known"\nexpires = 2999-01-01\n'
    (on(database).folder / "alphanest-ignore.toml").write_text(ignore)

    done = repaired(on, database)

    assert sums(done) == {("orphans", "delete", "trades", 1)}
    assert column(database, "SELECT id FROM trades WHERE user_id = 'ghost'") == ["t01"]
    assert left(done) == {}


def test_row_that_was_mended_meanwhile_is_left_alone(database: Target, on: On) -> None:
    """Somebody puts one orphan right while we wait for their lock."""
    orderly(database, "UPDATE trades SET user_id = 'ghost' WHERE id IN ('t01', 't02')")
    with connect_and_change(database, "UPDATE trades SET user_id = 'u07', pair = 'mine' WHERE id = 't01'"):
        done = repaired(on, database)

    assert sums(done) == {("orphans", "delete", "trades", 1)}
    assert fetch(database, "SELECT user_id, pair FROM trades WHERE id = 't01'") == [("u07", "mine")]


def test_user_who_is_given_a_subscription_meanwhile_gets_no_second(database: Target, on: On) -> None:
    orderly(database, "DELETE FROM subscriptions WHERE user_id IN ('u01', 'u02')")
    with connect_and_change(database, "INSERT INTO subscriptions (id, user_id) VALUES ('theirs', 'u01')"):
        done = repaired(on, database)

    assert sums(done) == {("users-without-subscription", "insert", "subscriptions", 1)}
    assert column(database, "SELECT id FROM subscriptions WHERE user_id = 'u01'") == ["theirs"]


class connect_and_change:  # noqa: N801 - reads as what it does
    """A transaction of somebody else, who commits when a repair has waited for a moment."""

    def __init__(self, target: Target, change: str) -> None:
        self._connection = connect(target)
        with self._connection.cursor() as cursor:
            cursor.execute(change)
        self._target = target
        self._committer = threading.Thread(target=self._commit_when_waited_for)

    def __enter__(self) -> None:
        self._committer.start()

    def __exit__(self, *_error: object) -> None:
        self._committer.join()
        self._connection.close()

    def _commit_when_waited_for(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and fetch(self._target, WAITING) == [(0,)]:
            time.sleep(0.02)
        self._connection.commit()


def test_row_that_stays_locked_is_waited_for_as_long_as_was_said(database: Target, on: On) -> None:
    orderly(database, "UPDATE trades SET user_id = 'ghost' WHERE id = 't01'")
    before = contents(database)
    with transaction(database) as other, other.cursor() as cursor:
        cursor.execute("SELECT FROM trades WHERE id = 't01' FOR UPDATE")
        done = repair(on, database, "--yes", "--lock-timeout", "0.2")

    assert done.code == 3
    assert "a lock was not free in time" in done.err
    assert contents(database) == before


def test_interrupted_repair_changes_nothing(database: Target, on: On) -> None:
    """Ctrl-C while it waits for a row."""
    before = contents(broken(database))
    with transaction(database) as other, other.cursor() as cursor:
        cursor.execute("SELECT FROM trades FOR UPDATE")
        process = on(database).start("check", "integrity", "--fix", "--yes", "--lock-timeout", "60")
        while process.poll() is None and fetch(database, WAITING) == [(0,)]:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert process.returncode == 130
    assert contents(database) == before


def test_readers_are_not_held_up(database: Target, on: On) -> None:
    broken(database)
    execute(
        database,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.8); RETURN OLD; END $$",
    )
    execute(database, "CREATE TRIGGER slow BEFORE DELETE ON trades FOR EACH ROW EXECUTE FUNCTION slow()")
    process = on(database).start("check", "integrity", "--fix", "--yes")
    longest = 0.0
    while process.poll() is None:
        begun = time.monotonic()
        fetch(
            database,
            "SELECT (SELECT count(*) FROM trades), (SELECT count(*) FROM users), (SELECT count(*) FROM nft_items)",
        )
        longest = max(longest, time.monotonic() - begun)
    _out, err = process.communicate()

    assert process.returncode == 1, err
    assert longest < 1.2


def test_two_at_once_repair_everything_once(database: Target, on: On) -> None:
    broken(database)
    processes = [on(database).start("check", "integrity", "--fix", "--yes", "--output", "json") for _ in range(2)]
    outputs = [process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [1, 1], outputs
    assert column(database, "SELECT count(*) FROM alphanest_admin.journal_runs") == [1]
    assert column(database, "SELECT count(*) FROM subscriptions WHERE user_id IN ('u08', 'u09')") == [2]


@pytest.mark.parametrize("moment", [0.5, 0.8])
def test_killed_repair_changes_nothing_or_everything(moment: float, database: Target, on: On) -> None:
    before = contents(broken(database))
    process = on(database).start("check", "integrity", "--fix", "--yes")
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'alphanest repair'"
    while fetch(database, ours) != [(0,)]:
        time.sleep(0.02)

    has_run = fetch(database, "SELECT to_regclass('alphanest_admin.journal_runs') IS NOT NULL") == [(True,)]
    runs = column(database, "SELECT count(*) FROM alphanest_admin.journal_runs") if has_run else [0]
    assert (contents(database) == before) is (runs == [0])
    assert left(repaired(on, database)) == {
        "unknown-status": 1,
        "unknown-plan": 1,
        "model-nullable": 1,
        "model-values": 5,
    }


def test_constraint_that_rows_still_violate_stays_not_valid(database: Target, on: On) -> None:
    orderly(database)
    execute(
        database, "ALTER TABLE trades DROP CONSTRAINT ck_trades_buy_price",
        "UPDATE trades SET buy_price = -1 WHERE id = 't01'",
        "ALTER TABLE trades ADD CONSTRAINT ck_trades_buy_price CHECK (buy_price >= 0) NOT VALID",
        "ALTER TABLE subscriptions DROP CONSTRAINT ck_subscriptions_status",
        "UPDATE subscriptions SET status = 'TRIAL' WHERE id = 's01'",
        "ALTER TABLE subscriptions ADD CONSTRAINT ck_subscriptions_status"
        " CHECK (status IN ('trial', 'active', 'cancelled', 'expired')) NOT VALID",
    )  # fmt: skip
    before, constraints = contents(database), fetch(database, CONSTRAINTS)

    done = repaired(
        on, database, "--only", "unknown-status"
    )  # what it mended is validated, though that is not asked for

    assert ("unvalidated-constraints", "validate", "ck_subscriptions_status", 0) in sums(done)
    assert sums(repaired(on, database)) == set()
    assert column(database, "SELECT conname FROM pg_constraint WHERE NOT convalidated") == ["ck_trades_buy_price"]
    assert on(database)("check", "undo", str(done["run"]), "--yes").code == 0
    assert (contents(database), fetch(database, CONSTRAINTS)) == (before, constraints)


def test_row_that_another_defect_keeps_from_being_changed_is_left_and_holds_up_no_other(
    database: Target, on: On
) -> None:
    """A CHECK that is NOT VALID refuses every change of the rows that violate it."""
    orderly(database)
    execute(
        database, "ALTER TABLE market_booths DROP CONSTRAINT ck_market_booths_total_views",
        "UPDATE market_booths SET active_listings = 7 WHERE id IN ('b01', 'b02')",
        "UPDATE market_booths SET total_views = -1 WHERE id = 'b01'",
        "ALTER TABLE market_booths ADD CONSTRAINT ck_market_booths_total_views CHECK (total_views >= 0) NOT VALID",
        "ALTER TABLE nft_items DROP CONSTRAINT ck_nft_items_price, DROP CONSTRAINT ck_nft_items_rarity",
        BREAK + "UPDATE nft_items SET booth_id = 'ghost', price = -1 WHERE id = 'i05a';"
        " UPDATE nft_items SET booth_id = 'ghost', rarity = 'RARE' WHERE id = 'i06a'",
        "ALTER TABLE nft_items ADD CONSTRAINT ck_nft_items_price CHECK (price >= 0) NOT VALID,"
        " ADD CONSTRAINT ck_nft_items_rarity CHECK (rarity IN ('common', 'rare', 'epic', 'legendary')) NOT VALID",
    )  # fmt: skip
    before = contents(database)

    done = repaired(on, database)

    assert sums(done) >= {
        ("active-listings", "update", "market_booths", 2), ("items-without-booth", "update", "nft_items", 1),
        ("unknown-rarity", "update", "nft_items", 1),
    }  # fmt: skip
    assert left(done) == {
        "active-listings": 1, "negative-counters": 1, "items-without-booth": 1, "orphans": 1, "negative-prices": 1,
        "unvalidated-constraints": 2,
    }  # fmt: skip
    told = on(database)("check", "undo", str(done["run"]), "--yes")
    assert told.code == 0, told.err
    assert contents(database) == before


def test_repaired_database_comes_out_of_a_backup_with_all_constraints_valid(database: Target, on: On) -> None:
    orderly(
        database,
        "DELETE FROM users WHERE id IN ('u03', 'u04')",
        "UPDATE nft_items SET booth_id = 'ghost' WHERE id = 'i07a'",
    )
    assert repaired(on, database)["left"] == []
    keys = fetch(database, CONSTRAINTS)
    assert on(database)("backup").code == 0

    restored = on(database)("restore", "latest", "--yes")

    assert restored.code == 0, restored.err
    assert fetch(database, CONSTRAINTS) == keys
    assert all(valid for _table, _name, valid in keys)
    assert on(database)("check", "integrity").code == 0


def test_key_that_was_not_valid_and_disabled_is_both_again(database: Target, on: On) -> None:
    orderly(
        database, "ALTER TABLE nft_items DROP CONSTRAINT nft_items_owner_id_fkey, ADD CONSTRAINT nft_items_owner_id_fkey"
        " FOREIGN KEY (owner_id) REFERENCES users ON DELETE CASCADE NOT VALID;"
        "UPDATE nft_items SET owner_id = 'ghost' WHERE id = 'i01a'; ALTER TABLE users DISABLE TRIGGER ALL",
    )  # fmt: skip
    before = fetch(database, TRIGGERS), fetch(database, CONSTRAINTS), contents(database)

    run = str(repaired(on, database)["run"])
    assert {enabled for _, _, enabled in fetch(database, TRIGGERS)} == {"O"}
    assert on(database)("check", "undo", run, "--yes").code == 0

    assert (fetch(database, TRIGGERS), fetch(database, CONSTRAINTS), contents(database)) == before
