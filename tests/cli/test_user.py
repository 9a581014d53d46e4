"""`alphanest user`: registering, finding, changing, logging in."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alphanest_db.accounts.key_form import hashed_form, is_key
from alphanest_db.accounts.passwords import hash_password, verify_password
from alphanest_db.database.target import Target
from alphanest_db.settings import PasswordScheme
from tests.cli.terminal import on_terminal
from tests.conftest import On
from tests.servers import execute, fetch
from tests.user_scenes import HASH, PASSWORD, counts, create, put_anna, put_users

NAMED = ("--username", "Zoë", "--email", "zoe@example.com")


def test_registering_makes_the_user_with_key_subscription_and_booth(database: Target, on: On) -> None:
    made = on(database)("user", "create", *NAMED, "--password-stdin", "-o", "json", stdin=f"{PASSWORD}\n")
    user, key = made.json, made.json["api_key"]
    assert (made.code, is_key(key), user["password"]) == (0, True, None), made.err
    assert not {key, PASSWORD} & set(made.err.split())
    query = """
        SELECT u.id, u.username, u.email, u.api_key, u.avatar, u.is_active, u.created_at IS NOT NULL, s.status, s.plan_type,
               b.theme, b.layout, b.bio, b.total_views, b.total_volume
        FROM users u JOIN subscriptions s ON s.user_id = u.id JOIN market_booths b ON b.user_id = u.id"""
    assert fetch(database, query) == [
        (user["id"], "Zoë", "zoe@example.com", hashed_form(key), "👤", True, True, "trial", "monthly", "cyan", "grid",
         "Welcome to Zoë's booth!", 0, 0.0)
    ]  # fmt: skip
    [(stored,)] = fetch(database, "SELECT hashed_password FROM users")
    assert verify_password(PASSWORD, str(stored))


def test_parts_can_be_left_out_or_be_others(database: Target, on: On) -> None:
    create(on(database), "bare", "--no-booth", "--no-subscription", "--avatar", "👩‍🚀")
    create(on(database), "paying", "--plan", "annual", "--status", "active")
    assert counts(database) == {"users": 2, "subscriptions": 1, "trades": 0, "market_booths": 1, "nft_items": 0}
    assert fetch(database, "SELECT status, plan_type FROM subscriptions") == [("active", "annual")]
    assert fetch(database, "SELECT avatar FROM users WHERE username = 'bare'") == [("👩‍🚀",)]


def test_deployed_database_gets_a_key_that_its_gateways_compare(deployed_database: Target, on: On) -> None:
    made = on(deployed_database)("user", "create", *NAMED, "--generate", "-o", "json").json
    [(stored, hashed)] = fetch(
        deployed_database, f"SELECT api_key, hashed_password FROM users WHERE id = '{made['id']}'"
    )
    assert stored == made["api_key"]
    assert verify_password(made["password"], str(hashed))


def test_every_broken_rule_is_named_at_once(database: Target, on: On) -> None:
    arguments = ("--username", " x", "--email", "nobody", "--avatar", "12345678901", "--password-stdin")
    refused = on(database)("user", "create", *arguments, stdin="12345")
    assert refused.code == 2
    assert refused.err.splitlines()[1:] == [
        "error: the user breaks 5 rules",
        "  the username has fewer than 3 characters",
        "  the username begins or ends with a space",
        "  the email is not valid: an email address must have an @-sign",
        "  the avatar has 11 code points, more than 10",
        "  the password has fewer than 6 characters",
        "hint: Nothing was changed; mend that.",
    ]
    assert counts(database)["users"] == 0


@pytest.mark.parametrize("password", ["zoe@EXAMPLE.com", "password1", "ü" * 37, "short-er"])
def test_poor_password_is_refused(password: str, database: Target, on: On) -> None:
    refused = on(database)(
        "user", "create", *NAMED, "--password-stdin", stdin=password, ALPHANEST_PASSWORD_MIN_LENGTH="9"
    )
    assert (refused.code, counts(database)["users"], password in refused.err) == (2, 0, False)


def test_name_that_differs_only_in_case_is_taken(database: Target, on: On) -> None:
    put_anna(database)
    arguments = ("--username", "aNNA", "--email", "BOB@example.com", "--generate")
    refused = on(database)("user", "create", *arguments)
    assert refused.code == 3
    assert [line.strip() for line in refused.err.splitlines()[2:4]] == [
        "username: Anna is that of user anna", "email: bob@example.com is that of user bob",
    ]  # fmt: skip


def test_key_or_password_that_cannot_be_told_is_not_stored(database: Target, on: On) -> None:
    cli = on(put_anna(database))
    before = fetch(database, "SELECT id, hashed_password FROM users ORDER BY id")
    for arguments in (("create", *NAMED, "--generate"), ("set-password", "anna", "--generate", "-o", "json")):
        command = [sys.executable, "-m", "alphanest_db", "user", *arguments]
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(command, env=cli.environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, "No space left on device" in done.stderr) == (3, True), done.stderr
    assert fetch(database, "SELECT id, hashed_password FROM users ORDER BY id") == before


def test_password_of_two_lines_is_not_cut_short(database: Target, on: On) -> None:
    refused = on(database)("user", "create", *NAMED, "--password-stdin", stdin=f"{PASSWORD}\nand more\n")
    assert (refused.code, "stdin has more than one line" in refused.err, counts(database)["users"]) == (2, True, 0)


def test_rule_of_the_operators_own_is_no_bug(database: Target, on: On) -> None:
    execute(database, "ALTER TABLE users ADD CONSTRAINT no_umlauts CHECK (username !~ '[äëöü]')")
    refused = on(database)("user", "create", *NAMED, "--password-stdin", stdin=PASSWORD)
    assert (refused.code, 'a rule of the database refused: new row for relation "users" violates' in refused.err) == (
        3,
        True,
    )
    assert "$2b$" not in refused.err


def test_password_is_asked_for_twice_and_never_shown(database: Target, on: On) -> None:
    made = on_terminal(on(database), "user", "create", *NAMED, typed=(PASSWORD, PASSWORD))
    assert (made.code, PASSWORD in made.text) == (0, False), made.text
    assert on(database)("user", "check-password", "zoë", "--password-stdin", stdin=PASSWORD).code == 0
    differs = on_terminal(on(database), "user", "set-password", "zoë", typed=(PASSWORD, PASSWORD + "x"))
    assert (differs.code, "the two passwords are not the same" in differs.plain) == (2, True)
    assert on_terminal(on(database), "user", "check-password", "zoë", typed=PASSWORD).code == 0
    handed = on_terminal(on(database), "user", "check-password", "zoë", "--password-stdin", typed=PASSWORD)
    assert (handed.code, PASSWORD in handed.text) == (0, False)
    left = on_terminal(on(database), "user", "set-password", "zoë", typed="\x04")
    assert (left.code, "no password was typed" in left.plain) == (2, True)


def test_without_a_terminal_the_way_to_hand_it_in_is_named(database: Target, on: On) -> None:
    refused = on(database)("user", "create", *NAMED)
    both = on(database)("user", "create", *NAMED, "--generate", "--password-stdin")
    assert (refused.code, both.code) == (2, 2)
    assert "hint: Use --password-stdin or --generate." in refused.err


def test_update_changes_what_is_given_and_says_what(database: Target, on: On) -> None:
    put_anna(database)
    changed = on(database)("user", "update", "anna@EXAMPLE.com", "--username", "ANNA", "--avatar", "🐺", "-o", "json")
    assert changed.json["changed"] == ["username", "avatar"]
    query = "SELECT username, avatar, updated_at > created_at FROM users WHERE id = 'anna'"
    assert fetch(database, query) == [("ANNA", "🐺", True)]
    assert on(database)("user", "update", "anna", "--stripe-customer", "cus_1").code == 0
    taken = on(database)("user", "update", "bob", "--stripe-customer", "cus_1")
    assert (taken.code, "stripe: another user has it" in taken.err) == (3, True)
    assert on(database)("user", "update", "anna", "--stripe-customer", "").code == 0
    codes = [
        on(database)("user", "update", "bob", *what).code for what in ((), ("--email", "x"), ("--username", "anna"))
    ]
    assert (codes, fetch(database, "SELECT stripe_customer_id FROM users WHERE id = 'anna'")) == ([2, 2, 3], [(None,)])


def test_locked_out_user_keeps_every_row(database: Target, on: On) -> None:
    before = counts(put_anna(database))
    locked, again = (on(database)("user", "deactivate", "anna", "-o", "json").json for _ in range(2))
    assert (locked["changed"], again["changed"], counts(database)) == (["is_active"], [], before)
    assert on(database)("user", "activate", "bob").out == "Bob is active now\n"


def test_both_stored_forms_log_in_and_out_of_date_ones_are_made_anew(database: Target, on: On) -> None:
    put_anna(database)
    passlib_form = hash_password(PASSWORD, cost=4, scheme=PasswordScheme.bcrypt_sha256)
    execute(database, f"UPDATE users SET hashed_password = '{passlib_form}', is_active = true WHERE id = 'bob'")
    check = ("user", "check-password", "bob", "--password-stdin", "-o", "json")
    told = on(database)(*check, stdin=PASSWORD)
    renewed = on(database)(*check, "--rehash", stdin=PASSWORD)
    dearer = on(database)("user", "check-password", "anna", "--password-stdin", "--rehash", "-o", "json",
                          stdin=PASSWORD, ALPHANEST_BCRYPT_COST="5")  # fmt: skip
    assert [(c.json["matches"], c.json["out_of_date"], c.json["rehashed"]) for c in (told, renewed, dearer)] == [
        (True, True, False), (True, False, True), (True, False, True),
    ]  # fmt: skip
    stored = [str(row[0]) for row in fetch(database, "SELECT hashed_password FROM users ORDER BY id DESC")]
    assert [form[:7] for form in stored] == ["$2b$04$", "$2b$05$"]
    assert all(verify_password(PASSWORD, form) for form in stored)


def test_wrong_password_and_unknown_user_get_the_same_answer(database: Target, on: On) -> None:
    put_anna(database)
    asked = [
        on(database)("user", "check-password", user, "--password-stdin", "-o", form, stdin=password)
        for form in ("table", "json")
        for user, password in (("anna", "wrong"), ("nobody", PASSWORD), ("bob", PASSWORD))
    ]
    assert {answer.code for answer in asked} == {1}
    assert len({answer.out for answer in asked}) == 2


def test_set_password_ends_the_old_one(database: Target, on: On) -> None:
    put_anna(database)
    made = on(database)("user", "set-password", "anna", "--generate", "-o", "json").json
    typed = on(database)("user", "set-password", "bob", "--password-stdin", stdin="another fine one")
    weak = on(database)("user", "set-password", "bob", "--password-stdin", stdin="BOB@example.com")
    checks = [
        on(database)("user", "check-password", user, "--password-stdin", stdin=password).code
        for user, password in (("anna", PASSWORD), ("anna", made["password"]), ("bob", "another fine one"))
    ]
    assert (typed.code, weak.code, checks) == (0, 2, [1, 0, 0])
    assert fetch(database, f"SELECT count(*) FROM users WHERE hashed_password = '{HASH}'") == [(0,)]


def test_show_is_one_screen_without_secrets(database: Target, on: On) -> None:
    put_anna(database)
    shown = on(database)("user", "show", "ANNA", "-o", "json").json
    expected = {
        "id": "anna", "can_log_in": True, "key_prefix": "ak_Anna", "key_storage": "plain", "subscriptions": 2, "items": 1,
        "trades": 7, "last_trade_at": "2026-11-20T00:00:00+00:00", "last_activity_at": "2026-11-20T00:00:00+00:00",
    }  # fmt: skip
    assert {field: shown[field] for field in expected} == expected
    assert (shown["subscription"]["id"], shown["booth"]["theme"]) == ("new", "gold")
    screen = on_terminal(on(database), "user", "show", "anna")
    assert len(screen.plain.splitlines()) <= 24
    bare = on(database)("user", "show", "bob").out
    assert re.search(r"^API key +none *$", bare, re.MULTILINE), bare
    assert not {HASH, "ak_AnnaAnna"} & set((screen.plain + bare + json.dumps(shown)).split())


def test_several_who_could_be_meant_are_named_and_nobody_is_touched(deployed_database: Target, on: On) -> None:
    put_users(deployed_database, "Twin", "tWIN")
    before = counts(deployed_database)
    for command in ("show", "delete", "deactivate", "export"):
        refused = on(deployed_database)("user", command, "twin", *(("--yes",) if command == "delete" else ()))
        assert (refused.code, "'twin' can be 2 users" in refused.err) == (3, True)
        assert {"Twin", "tWIN"} <= set(refused.err.split())
    assert counts(deployed_database) == before


def test_secret_is_in_no_argument_log_or_json(database: Target, on: On, tmp_path: Path) -> None:
    create(on(database), "quiet")
    answers = [
        on(database)("user", *call, "-o", "json")
        for call in (("show", "quiet"), ("list",), ("export", "quiet"))
        if call[0] != "export"
    ]
    answers.append(on(database)("user", "export", "quiet"))
    [(stored, key)] = fetch(database, "SELECT hashed_password, api_key FROM users")
    assert all(secret not in answer.out for answer in answers for secret in (PASSWORD, str(stored), str(key)))
    assert not list((tmp_path / "home").glob("logs/*"))
