"""`alphanest key rotate --all`: whatever happens, nobody is left with a key that nobody was told."""

import csv
import json
import random
import signal
import time
from pathlib import Path

import pytest
from psycopg2 import errors

from alphanest_db.accounts.bulk.journal import Journal, Purpose, ToldKey
from alphanest_db.accounts.bulk.rotation import Settled, rotate_keys, settle
from alphanest_db.accounts.bulk.working import key_changer
from alphanest_db.accounts.key_form import hashed_form
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.settings import KeyStorage
from tests.conftest import On
from tests.key_scenes import HASHED, PLAIN, UNKNOWN, opens, put_in, put_in_many
from tests.servers import execute, fetch


def told(file: Path) -> dict[str, str]:
    """The keys in the file by user, whole lines only."""
    with file.open(newline="") as lines:
        return {row[0]: row[3] for row in csv.reader(lines) if len(row) == 4 and row[0] != "user_id"}


def untold(target: Target, before: dict[object, object], file: Path) -> list[object]:
    """Users whose key is neither what it was nor in the file."""
    keys = told(file) if file.exists() else {}
    now = stored(target)
    return [
        user for user, key in now.items()
        if key != before[user] and key not in (keys.get(str(user)), hashed_form(keys.get(str(user), "")))
    ]  # fmt: skip


def stored(target: Target) -> dict[object, object]:
    return {user: key for user, key in fetch(target, "SELECT id, api_key FROM users")}  # noqa: C416 - mypy wants pairs


def test_all_keys_of_a_kind_are_replaced_and_told_in_a_private_file(database: Target, on: On, tmp_path: Path) -> None:
    put_in_many(database, 1200)
    before, file = stored(database), tmp_path / "keys.csv"
    plan = on(database)("key", "rotate", "--all", "--where", "inactive", "--dry-run", "-o", "json")
    refused = on(database)("key", "rotate", "--all", "--where", "inactive", "--csv", str(file))
    assert (plan.json["keys"], refused.code, file.exists(), stored(database)) == (300, 3, False, before)
    done = on(database)("key", "rotate", "--all", "--where", "inactive", "--csv", str(file), "--yes", "-o", "json")
    assert (done.code, done.json["keys"], file.stat().st_mode & 0o777) == (0, 300, 0o600), done.err
    changed = {user for user, key in stored(database).items() if key != before[user]}
    assert (changed, untold(database, before, file)) == (set(told(file)), [])
    assert changed == {row[0] for row in fetch(database, "SELECT id FROM users WHERE NOT is_active")}
    assert [path.name for path in tmp_path.glob("keys.csv*")] == ["keys.csv"]
    assert not any(key in done.out + done.err for key in told(file).values())


def test_rotated_plain_keys_stay_plain_unless_told_otherwise(database: Target, on: On, tmp_path: Path) -> None:
    put_in(database)
    plain = on(database)("key", "rotate", "--all", "--where", "plain", "--csv", "plain.csv", "--yes")
    assert plain.code == 0
    assert opens(database, PLAIN, *told(tmp_path / "plain.csv").values()) == [None, "u1", None]  # u4 is not active
    assert len(fetch(database, "SELECT FROM users WHERE api_key ~ '^ak_[A-Za-z0-9]{32}$'")) == 2
    hashed = on(database)("key", "rotate", "--all", "--csv", "all.csv", "--yes", ALPHANEST_API_KEY_STORAGE="hashed")
    assert (hashed.code, len(told(tmp_path / "all.csv"))) == (0, 5)
    assert fetch(database, "SELECT FROM users WHERE api_key ~ '^ak_[A-Za-z0-9]{32}$'") == []
    assert opens(database, HASHED, told(tmp_path / "all.csv")["u2"]) == [None, "u2"]


def test_rotation_killed_again_and_again_leaves_nobody_untold(database: Target, on: On, tmp_path: Path) -> None:
    put_in_many(database, 6000, storage="hashed")
    before, file, chance = stored(database), tmp_path / "keys.csv", random.Random(6)
    arguments = ("key", "rotate", "--all", "--csv", str(file), "--yes")
    killed = 0
    for _ in range(5):
        lines = len(told(file)) if file.exists() else 0
        process = on(database).start(*arguments)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if file.exists() and file.stat().st_size > 100 + 60 * lines:
                time.sleep(chance.uniform(0, 0.05))
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        assert untold(database, before, file) == []
    last = on(database)(*arguments, "--output", "json")
    finished, keys = stored(database), told(file)
    assert killed >= 2
    assert (last.code, last.json["keys"], len(keys)) == (0, 6000, 6000), last.err
    assert [user for user, key in finished.items() if key != hashed_form(keys[str(user)])] == []
    again = on(database)(*arguments)
    assert (again.code, "exists already" in again.err, stored(database)) == (3, True, finished)


def begun(file: Path, target: Target, text: str, where: str | None = None) -> None:
    """The file of a rotation that was broken off."""
    file.write_text("user_id,username,email,api_key\n" + text)
    purpose = {"database": target.url(), "where": where}
    file.with_name(file.name + ".unfinished").write_text(json.dumps(purpose))


def test_lines_whose_keys_were_never_stored_are_taken_out(database: Target, tmp_path: Path) -> None:
    put_in(database)
    journal = Journal(tmp_path / "keys.csv")
    lines = (
        f"u1,Plain,e,{PLAIN}\nu2,Hashed,e,{HASHED}\nu3,Sleeper,e,{UNKNOWN}\nu9,gone,e,{UNKNOWN}\nu4,Undecided,e,ak_Ma"
    )
    begun(journal.path, database, lines)
    assert journal.open(Purpose(database.url(), None)) is True
    with key_changer(database) as connection:
        settled = settle(connection, journal)
    assert (settled.keys, settled.last_id, told(journal.path)) == (2, "u2", {"u1": PLAIN, "u2": HASHED})
    assert (journal.path.read_text()[-1], journal.path.stat().st_mode & 0o777) == ("\n", 0o600)


@pytest.mark.parametrize("name", ["a\rb", "a\nb", 'a"b', "a,b", "\r\n", "\u2028\x85"], ids=repr)
def test_line_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "keys.csv")
    journal.open(Purpose("db", None))
    lines = [ToldKey("u1", name, f"{name}@x", PLAIN), ToldKey(name, "n", "e", HASHED)]
    journal.append(lines)
    assert [line for batch in journal.read() for line in batch] == lines


def test_file_of_something_else_is_left_alone(database: Target, on: On, tmp_path: Path) -> None:
    put_in(database)
    before = stored(database)
    (tmp_path / "notes.csv").write_text("mine")
    begun(tmp_path / "other.csv", database, "", where="plain")
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    for file in ("notes.csv", "other.csv", "link.csv", "no/such/folder.csv"):
        result = on(database)("key", "rotate", "--all", "--csv", file, "--yes")
        assert result.code == 3, result.err
    assert (stored(database), (tmp_path / "notes.csv").read_text()) == (before, "mine")
    assert not (tmp_path / "target.csv").exists()


def test_two_rotations_at_once_are_one_after_the_other(database: Target, on: On, tmp_path: Path) -> None:
    put_in_many(database, 2000)
    processes = [on(database).start("key", "rotate", "--all", "--csv", f"{name}.csv", "--yes") for name in "ab"]
    assert [(process.wait(120), process.communicate()[1])[0] for process in processes] == [0, 0]
    now = stored(database)
    live = [sum(now[user] == key for user, key in told(tmp_path / f"{name}.csv").items()) for name in "ab"]
    assert sorted(live) == [0, 2000]


def test_row_that_somebody_holds_for_long_ends_the_work_and_it_can_be_gone_on_with(
    database: Target, on: On, tmp_path: Path
) -> None:
    put_in_many(database, 1200, storage="hashed")
    before, file = stored(database), tmp_path / "keys.csv"
    notes: list[str] = []
    journal = Journal(file)
    journal.open(Purpose(database.url(), None))
    with session(database) as other, other.cursor() as cursor, key_changer(database) as connection:
        cursor.execute("BEGIN; SELECT FROM users WHERE id = 'u0000700' FOR UPDATE")
        connection.cursor().execute("SET lock_timeout = '100ms'")
        with pytest.raises(errors.LockNotAvailable):
            rotate_keys(
                connection, journal, None, KeyStorage.hashed, begin=Settled(0, None), progress=lambda _done: None,
                notify=notes.append,
            )  # fmt: skip
    assert (len(told(file)), untold(database, before, file), "the same command goes on" in notes[0]) == (500, [], True)
    execute(database, "UPDATE users SET api_key = NULL WHERE id = 'u0000003'")
    gone_on = on(database)("key", "rotate", "--all", "--csv", str(file), "--yes", "-o", "json")
    assert (gone_on.code, gone_on.json["keys"], "u0000003" in told(file)) == (0, 1199, False), gone_on.err


def test_precious_database_needs_its_name(database: Target, on: On, tmp_path: Path) -> None:
    put_in(database)
    arguments = ("key", "rotate", "--all", "--csv", "keys.csv", "--yes")
    refused = on(database)(*arguments, ALPHANEST_ENV="production")
    taken = on(database)(*arguments, "--confirm", database.database, ALPHANEST_ENV="production")
    assert (refused.code, taken.code) == (3, 0)
