"""`alphanest user import`: checked as a whole, all or nothing, and everybody told what was made up for them."""

import csv
import json
import stat
from pathlib import Path

from alphanest_db.accounts.passwords import verify_password
from alphanest_db.database.target import Target
from tests.conftest import On
from tests.servers import fetch
from tests.user_scenes import HASH, PASSWORD, counts, put_anna

GOOD = f'''username,email,password,password_hash,avatar,status,plan,is_active
dora,dora@example.com,a fine password,,,,,
"Eve, the ""2nd""",eve@example.com,,{HASH},🦉,active,annual,no
fay,fay@example.com,,,,,,
'''
BAD = """username,email,password,status
dora,dora@example.com,a fine password,
x,nobody,12345,actve
ANNA,dora@EXAMPLE.com,a fine password,
fay,fay@example.com
"multi
line",m@example.com,a fine password,
gil,gil@example.com,a fine password,trial
"""
PROBLEMS = [
    (3, "username"), (3, "email"), (3, "password"), (3, "status"), (4, "email"), (4, "username"), (5, ""), (6, "username"),
]  # fmt: skip


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_everybody_is_registered_and_told(database: Target, on: On, tmp_path: Path) -> None:
    file, told = written(tmp_path, "users.csv", GOOD), tmp_path / "told.csv"
    refused = on(database)("user", "import", file)
    assert (refused.code, "no password is given for 1 user of the file" in refused.err, counts(database)["users"]) == (
        2,
        True,
        0,
    )

    done = on(database)("user", "import", file, "--passwords-csv", str(told), "-o", "json")

    assert (done.code, done.json["imported"], done.json["generated_passwords"]) == (0, 3, 1), done.err
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    rows = {row["username"]: row for row in csv.DictReader(told.open())}
    assert [bool(row["password"]) for row in rows.values()] == [False, False, True]
    stored = {str(name): (str(hashed), active) for name, hashed, active in fetch(
        database, "SELECT username, hashed_password, is_active FROM users")}  # fmt: skip
    assert stored['Eve, the "2nd"'] == (HASH, False)
    assert verify_password("a fine password", stored["dora"][0])
    assert verify_password(rows["fay"]["password"], stored["fay"][0])
    assert on(database)("key", "verify", stdin=rows["fay"]["api_key"]).code == 0
    assert fetch(database, "SELECT status, plan_type FROM subscriptions ORDER BY 1, 2") == [
        ("active", "annual"), ("trial", "monthly"), ("trial", "monthly"),
    ]  # fmt: skip
    assert counts(database)["market_booths"] == 3


def test_all_problems_are_named_with_their_lines_and_nothing_is_done(database: Target, on: On, tmp_path: Path) -> None:
    before = counts(put_anna(database))
    file = written(tmp_path, "users.csv", BAD)
    refused = on(database)("user", "import", file)
    checked = on(database)("user", "import", file, "--dry-run", "-o", "json")
    assert (refused.code, checked.code, counts(database)) == (3, 1, before)
    assert [(problem["line"], problem["field"]) for problem in checked.json["problems"]] == PROBLEMS
    assert len([line for line in refused.err.splitlines() if line.startswith("  line ")]) == len(PROBLEMS)
    assert "line 4: the email is that of line 2" in refused.err
    assert "line 4: the username is that of user anna" in refused.err
    assert ("12345" in refused.err, checked.json["valid"]) == (False, 2)


def test_skipped_rows_can_be_mended_and_imported(database: Target, on: On, tmp_path: Path) -> None:
    put_anna(database)
    file, rejects = written(tmp_path, "users.csv", BAD), tmp_path / "rejects.csv"
    done = on(database)("user", "import", file, "--skip-invalid", str(rejects), "-o", "json")
    assert (done.code, done.json["imported"], done.json["skipped"]) == (0, 2, 4)
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    rows = list(csv.DictReader(rejects.open()))
    assert [row["line"] for row in rows] == ["3", "4", "5", "6"]
    assert "fewer than 3 characters" in rows[0]["problems"]
    for number, row in enumerate(rows):
        row |= {
            "username": f"mended{number}",
            "email": f"m{number}@example.com",
            "password": "a fine password",
            "status": "",
        }
    with (tmp_path / "mended.csv").open("w") as mended:
        writer = csv.DictWriter(mended, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    again = on(database)("user", "import", str(tmp_path / "mended.csv"), "-o", "json")
    assert (again.code, again.json["imported"], counts(database)["users"]) == (0, 4, 8), again.err


def test_json_is_read_with_the_line_of_each_user(database: Target, on: On, tmp_path: Path) -> None:
    users = """[
      {"username": "dora", "email": "dora@example.com", "password": "a fine password", "is_active": false},
      {"username": 5, "email": "x"},

      {"username": "eve", "email": "eve@example.com", "passwrd": "x"},
      7,
      {"username": "nul\\u0000", "email": "half\\ud800@example.com", "password": "nul\\u0000 in it"}
    ]"""
    checked = on(database)("user", "import", written(tmp_path, "users.JSON", users), "--dry-run", "-o", "json").json
    assert [(p["line"], p["field"]) for p in checked["problems"]] == [
        (3, "username"), (5, ""), (6, ""), (7, "username"), (7, "email"), (7, "password")
    ]  # fmt: skip
    rejects = tmp_path / "rejects.json"
    done = on(database)("user", "import", str(tmp_path / "users.JSON"), "--skip-invalid", str(rejects), "-o", "json")
    assert (done.json["imported"], len(json.loads(rejects.read_text()))) == (1, 4)
    assert fetch(database, "SELECT username, is_active FROM users") == [("dora", False)]


def test_users_in_one_line_of_json_are_told_apart(database: Target, on: On, tmp_path: Path) -> None:
    def user(name: str, **more: str) -> dict[str, str]:
        return {"username": name, "email": f"{name}@example.com", "password": "a fine password", **more}

    users = [user("dora"), user("DORA", email="dora2@example.com"), user("x"), user("half\ud800"), user("eve")]
    file, rejects = written(tmp_path, "users.json", json.dumps(users)), tmp_path / "rejects.csv"

    refused = on(database)("user", "import", file)
    checked = on(database)("user", "import", file, "--dry-run", "-o", "json")
    assert (refused.code, "line 1, item 2: the username is that of line 1, item 1" in refused.err) == (3, True)
    assert [(p["line"], p["item"], p["field"]) for p in checked.json["problems"]] == [
        (1, 2, "username"), (1, 3, "username"), (1, 4, "username"), (1, 4, "email")
    ]  # fmt: skip

    done = on(database)("user", "import", file, "--skip-invalid", str(rejects), "-o", "json")
    assert (done.code, done.json["imported"], done.json["skipped"]) == (0, 2, 3), done.err
    assert fetch(database, "SELECT username FROM users ORDER BY 1") == [("dora",), ("eve",)]
    assert [row["username"] for row in csv.DictReader(rejects.open())] == ["DORA", "x", "half\\ud800"]


def test_file_that_cannot_be_read_is_wrong_usage_and_one_that_breaks_off_a_finding(
    database: Target, on: On, tmp_path: Path
) -> None:
    refused = on(database)("user", "import", written(tmp_path, "users.csv", "username\nx\n"))
    broken = on(database)("user", "import", written(tmp_path, "users.json", "[" * 100_000), "--dry-run", "-o", "csv")
    assert (refused.code, refused.err.count("error: "), refused.err.count("hint: ")) == (2, 1, 1)
    assert (broken.code, broken.out.splitlines()[0]) == (1, "line,item,field,problem")


def test_files_are_new_ones_or_nothing_happens(database: Target, on: On, tmp_path: Path) -> None:
    file = written(tmp_path, "users.csv", GOOD)
    for option in ("--passwords-csv", "--skip-invalid"):
        refused = on(database)("user", "import", file, "--passwords-csv", str(tmp_path / "new"), option, file)
        assert (refused.code, counts(database)["users"]) == (2, 0)
    new = str(tmp_path / "new")
    assert on(database)("user", "import", file, "--passwords-csv", new, "--skip-invalid", new).code == 2
    assert not (tmp_path / "new").exists()


def test_deployed_database_takes_imports_too(deployed_database: Target, on: On, tmp_path: Path) -> None:
    rows = (f"{name},{name}@example.org,{PASSWORD}" for name in ("dora", "USER7"))
    file = written(tmp_path, "users.csv", "\n".join(["username,email,password", *rows]))
    done = on(deployed_database)("user", "import", file, "--skip-invalid", str(tmp_path / "rejects.csv"), "-o", "json")
    assert (done.json["imported"], done.json["skipped"]) == (1, 1)
    assert fetch(deployed_database, "SELECT api_key ~ '^ak_[A-Za-z0-9]{32}$' FROM users WHERE username = 'dora'") == [
        (True,)
    ]
