"""`alphanest key`: given, replaced, taken away, asked about; and shown once, to one reader."""

import subprocess
import sys
from pathlib import Path

import pytest

from alphanest_db.accounts.key_check import check_key
from alphanest_db.accounts.key_form import hashed_form, is_key
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from tests.cli.terminal import on_terminal
from tests.conftest import Cli, On
from tests.key_scenes import HASHED, INACTIVE, MIXED, PLAIN, UNKNOWN, opens, put_in, put_in_many, stored_key
from tests.servers import execute, fetch


def test_issued_key_opens_the_door_and_is_stored_as_its_hash(database: Target, on: On) -> None:
    put_in(database, MIXED[5:])
    issued = on(database)("key", "issue", "KEYLESS@example.com", "--output", "json")
    key = issued.json["key"]
    assert (issued.code, is_key(key), stored_key(database, "u6")) == (0, True, hashed_form(key))
    assert key not in issued.err
    assert opens(database, key) == ["u6"]
    again = on(database)("key", "issue", "keyless")
    assert (again.code, "has a key already" in again.err) == (3, True)
    assert stored_key(database, "u6") == hashed_form(key)


def test_rotated_key_replaces_the_old_one_and_is_alone_on_stdout(database: Target, on: On) -> None:
    put_in(database)
    execute(database, "DELETE FROM users WHERE api_key ~ '^ak_[A-Za-z0-9]{32}$'")
    rotated = on(database)("key", "rotate", "Hashed", "--quiet")
    key = rotated.out.strip()
    assert (rotated.code, rotated.out, is_key(key), key in rotated.err) == (0, f"{key}\n", True, False)
    assert opens(database, HASHED, key) == [None, "u2"]


def test_deployed_database_goes_on_with_plain_keys(deployed_database: Target, on: On) -> None:
    result = on(deployed_database)("key", "rotate", "user7", "--output", "json")
    hashed = on(deployed_database)("key", "rotate", "user8", "-o", "json", ALPHANEST_API_KEY_STORAGE="hashed")
    assert (result.json["storage"], hashed.json["storage"]) == ("plain", "hashed")
    assert fetch(deployed_database, f"SELECT username FROM users WHERE api_key = '{result.json['key']}'") == [
        ("user7",)
    ]
    assert opens(deployed_database, hashed.json["key"]) == [hashed.json["user_id"]]


@pytest.mark.parametrize("form", [("--quiet",), ("--output", "json"), ()])
def test_key_that_cannot_be_told_is_not_stored(form: tuple[str, ...], database: Target, on: On) -> None:
    put_in(database)
    command = [sys.executable, "-m", "alphanest_db", "key", "rotate", "Hashed", *form]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, env=on(database).environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3, done.stderr
    assert done.stderr.endswith(
        "error: the new key could not be written: No space left on device\nhint: Nothing was changed: try again.\n"
    )
    assert opens(database, HASHED) == ["u2"]


def test_reader_who_has_left_gets_no_key(database: Target, on: On) -> None:
    put_in(database)
    with session(database) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; SELECT FROM users WHERE id = 'u2' FOR UPDATE")
        process = on(database).start("key", "rotate", "Hashed")
        assert process.stdout is not None
        process.stdout.close()
        cursor.execute("COMMIT")
    _, said = process.communicate(timeout=60)
    assert (process.returncode, "the new key could not be written: Broken pipe" in said) == (3, True), said
    assert "Exception ignored" not in said
    assert opens(database, HASHED) == ["u2"]


def test_crowd_that_rotates_one_key_leaves_one_of_those_that_were_told(database: Target, on: On) -> None:
    put_in(database)
    processes = [on(database).start("key", "rotate", "u2", "--quiet") for _ in range(4)]
    told = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(map(str, opens(database, *told))) == ["None", "None", "None", "u2"]


def test_revoking_asks_and_leaves_the_user(database: Target, on: On) -> None:
    put_in(database)
    refused = on(database)("key", "revoke", "Hashed")
    assert (refused.code, opens(database, HASHED)) == (3, ["u2"])
    assert "takes the key of Hashed (Hashed@example.com, id u2) away" in refused.err
    precious = on(database)("key", "revoke", "Hashed", "--yes", ALPHANEST_ENV="production")
    assert (precious.code, opens(database, HASHED)) == (3, ["u2"])
    done = on(database)("key", "revoke", "Hashed", "--confirm", database.database, ALPHANEST_ENV="production")
    assert (done.code, done.out) == (0, "Hashed (Hashed@example.com) has no key any more\n")
    assert (opens(database, HASHED), stored_key(database, "u2")) == ([None], None)
    again = on(database)("key", "revoke", "Hashed", "--yes")
    assert (again.code, "has no key" in again.err) == (3, True)
    rotated = on(database)("key", "rotate", "Hashed")
    assert (rotated.code, rotated.out) == (3, "")


def test_verify_says_whose_a_key_is(database: Target, on: On) -> None:
    put_in(database)
    found = on(database)("key", "verify", "--output", "json", stdin=f"{INACTIVE}\r\n")
    assert (found.code, found.json["user_id"], found.json["is_active"], found.json["storage"]) == (
        0,
        "u3",
        False,
        "hashed",
    )
    nobodys = on(database)("key", "verify", stdin=UNKNOWN)
    assert (nobodys.code, nobodys.out, nobodys.err) == (1, "this key is nobody's\n", "")
    assert INACTIVE not in found.out + found.err


def test_stored_form_is_never_taken_for_a_key(database: Target) -> None:
    put_in(database)
    expected = {
        PLAIN: ("u1", "plain"), HASHED: ("u2", "hashed"), hashed_form(HASHED): (None, None), "letmein-1999": (None, None),
        HASHED.lower(): (None, None), UNKNOWN: (None, None), "a\0b": (None, None),
    }  # fmt: skip
    with transaction(database) as connection:
        checks = {key: check_key(connection, key) for key in expected}
    assert {key: (check.user_id, check.storage) for key, check in checks.items()} == expected


def test_key_typed_on_a_terminal_is_not_shown(database: Target, on: On) -> None:
    put_in(database)
    screen = on_terminal(on(database), "key", "verify", typed=HASHED)
    assert (screen.code, HASHED in screen.text) == (0, False)
    assert "Hashed@example.com" in screen.plain


@pytest.mark.parametrize(
    ("stdin", "why"),
    [
        ("", "stdin is empty"),
        ("\n", "stdin is empty"),
        ("ak_" + "x" * 5000, "more than 4096 bytes"),
        ("ak_\nb\n", "more than one line"),
        ("a\udcffb", "not UTF-8"),
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_line_of_text_is_wrong_usage(stdin: str, why: str, database: Target, on: On) -> None:
    command = [sys.executable, "-m", "alphanest_db", "key", "verify"]
    raw = stdin.encode("utf-8", "surrogateescape")
    done = subprocess.run(command, env=on(database).environ, input=raw, capture_output=True, check=False)
    assert (done.returncode, why in done.stderr.decode(), done.stdout) == (2, True, b"")


def test_what_is_typed_and_no_text_is_wrong_usage(database: Target, on: On) -> None:
    screen = on_terminal(on(database), "key", "verify", typed="\udcff", PYTHONIOENCODING="utf-8:strict")
    assert (screen.code, "not text in the terminal's encoding" in screen.plain) == (2, True)


def test_list_shows_the_first_characters_and_never_a_key(database: Target, on: On) -> None:
    put_in(database)
    rows = on(database)("key", "list", "--output", "json").json
    assert [(row["prefix"], row["user_id"], row["storage"], row["is_active"]) for row in rows] == [
        ("ak_Plai", "u1", "plain", True),
        ("ak_Hash", "u2", "hashed", True),
        ("ak_Slee", "u3", "hashed", False),
        ("ak_Mayb", "u4", "plain", False),
        (None, "u5", "other", True),
    ]
    shown = on(database)("key", "list").out + on(database)("key", "list", "-o", "csv").out
    assert [secret for secret in (PLAIN, "letmein", hashed_form(HASHED)[8:]) if secret in shown] == []
    plain = on(database)("key", "list", "--where", "plain", "-o", "json").json
    inactive = on(database)("key", "list", "--where", "inactive", "-o", "json").json
    assert ([row["user_id"] for row in plain], [row["user_id"] for row in inactive]) == (["u1", "u4"], ["u3", "u4"])


def test_hostile_names_reach_no_terminal(database: Target, on: On) -> None:
    execute(
        database,
        "INSERT INTO users (id, email, username, hashed_password, api_key)"
        f" VALUES ('u1', E'\\x1b]52;c;x\\x07@x', E'[red]\\x1b[2J\\u202e', '!', '{PLAIN}')",
    )
    for call in (("list",), ("rotate", "u1"), ("revoke", "u1")):
        screen = on_terminal(on(database), "key", *call, typed="y")
        assert screen.code == 0, screen.text
        assert "\x1b]52" not in screen.text
        assert "\u202e" not in screen.text
        assert "\x1b[2J" not in screen.text


def test_hardened_keys_are_the_same_keys(database: Target, on: On) -> None:
    put_in(database)
    planned = on(database)("key", "harden", "--dry-run", "-o", "json")
    refused = on(database)("key", "harden")
    assert (planned.code, planned.json["keys"], refused.code) == (0, 2, 3)
    assert all("every gateway must look keys up by" in result.err for result in (planned, refused))
    assert stored_key(database, "u1") == PLAIN
    done = on(database)("key", "harden", "--yes", "-o", "json")
    assert (done.code, done.json["hardened"], done.json["still_plain"]) == (0, 2, 0)
    assert (stored_key(database, "u1"), stored_key(database, "u5")) == (hashed_form(PLAIN), "letmein-1999")
    assert opens(database, PLAIN, HASHED) == ["u1", "u2"]
    again = on(database)("key", "harden", "-o", "json")
    assert (again.code, again.json["hardened"]) == (0, 0)
    assert on(database)("key", "rotate", "u2", "-o", "json").json["storage"] == "hashed"


def test_hardening_takes_many_batches_and_leaves_what_it_cannot(database: Target, on: On) -> None:
    put_in_many(database, 1234)
    taken = "'ak_' || left(md5('7'), 4) || '.' || encode(sha256(convert_to('ak_' || md5('7'), 'UTF8')), 'hex')"
    execute(database, f"UPDATE users SET api_key = {taken} WHERE id = 'u0000009'")
    done = on(database)("key", "harden", "--yes", "-o", "json")
    assert (done.code, done.json["hardened"], done.json["still_plain"]) == (1, 1232, 1)


def test_hardening_is_guarded(database: Target, on: On) -> None:
    put_in(database)
    precious = on(database)("key", "harden", "--yes", ALPHANEST_ENV="staging")
    contrary = on(database)("key", "harden", "--yes", ALPHANEST_API_KEY_STORAGE="plain")
    assert (precious.code, contrary.code, stored_key(database, "u1")) == (3, 3, PLAIN)
    assert "ALPHANEST_API_KEY_STORAGE is plain" in contrary.err


def test_database_without_the_platforms_tables_is_no_bug(empty_database: Target, on: On) -> None:
    for call in (("issue", "anna"), ("list",)):
        result = on(empty_database)("key", *call, stdin=PLAIN)
        assert (result.code, "alphanest init" in result.err) == (3, True), result.err


def test_nobody_is_named_in_vain(database: Target, on: On) -> None:
    put_in(database)
    for command in ("rotate", "revoke"):
        result = on(database)("key", command, "nobody")
        assert (result.code, result.out, "there is no user 'nobody'" in result.err) == (3, "", True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("anna", "--all"),
        ("anna", "--where", "plain"),
        ("--all", "--where", "odd"),
        ("--all",),
        ("anna", "--csv", "x"),
    ],
    ids=" ".join,
)
def test_rotating_must_say_whose_keys(arguments: tuple[str, ...], cli: Cli) -> None:
    assert cli("key", "rotate", *arguments, DATABASE_URL="postgresql://nowhere.invalid/x").code == 2
