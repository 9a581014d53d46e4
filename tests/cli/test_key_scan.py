"""`alphanest key scan`: whose keys leaked where, and what is done about it."""

import io
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from alphanest_db.accounts.key_form import hashed_form
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.programs.child import started
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client
from tests.cli.terminal import on_terminal
from tests.conftest import ROOT, Cli, On
from tests.key_scenes import HASHED, INACTIVE, PLAIN, opens, put_in, put_in_many, stored_key

LOOKS_LIKE_ONE = "ak_aZ3kf9Qx7Lm2Np5Rt8Vw1Yc4Ee6Gh0Jk"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files with keys of the mixed scene in them."""
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.env").write_text(f"A=1\nKEY={PLAIN}\n")
    (folder / "sub" / "b.log").write_text(f"{HASHED} and {INACTIVE}x\n\n{LOOKS_LIKE_ONE}\n")
    (folder / "sub" / "stored.txt").write_text(hashed_form(HASHED))
    (folder / "clean.txt").write_text("nothing")
    (folder / "picture").write_bytes(b"\0" + PLAIN.encode())
    return folder


def test_leaks_are_told_with_owner_and_place_and_without_the_key(database: Target, on: On, tree: Path) -> None:
    put_in(database)
    result = on(database)("key", "scan", str(tree), "--output", "json")
    leaks = [
        (item["place"].removeprefix(f"{tree}/"), item["line"], item["prefix"], (item["owner"] or {}).get("user_id"))
        for item in result.json["leaks"]
    ]
    assert (result.code, leaks) == (
        1,
        [
            ("a.env", 2, "ak_Plai", "u1"),
            ("sub/b.log", 1, "ak_Hash", "u2"),
            ("sub/b.log", 1, "ak_Slee", "u3"),  # a letter stands after it: it is told because somebody has it
            ("sub/b.log", 3, "ak_aZ3k", None),
        ],
    )
    looked_at = result.json["looked_at"]
    assert (looked_at["files"], looked_at["binary_files"], result.json["asked"]) == (5, 1, True)
    told = result.out + result.err + on(database)("key", "scan", str(tree)).out
    assert [key for key in (PLAIN, HASHED, INACTIVE, LOOKS_LIKE_ONE) if key in told] == []


def test_keys_that_are_nobodys_are_told_and_are_no_failure(database: Target, on: On, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text(LOOKS_LIKE_ONE)
    result = on(database)("key", "scan", "old.txt")
    assert result.code == 0
    assert "ak_aZ3k…   old.txt:1   nobody's" in result.out
    assert "no key that works; what looks like one, and is nobody's, in 1 place" in result.out


def test_form_alone_needs_no_database_and_takes_no_placeholder(cli: Cli, tree: Path) -> None:
    found = cli("key", "scan", "--no-database", str(tree), "-o", "csv", DATABASE_URL="postgresql://nowhere.invalid/x")
    assert (found.code, [line.split(",")[:2] for line in found.out.splitlines()[1:]]) == (
        1,
        [["ak_aZ3k…", f"{tree}/sub/b.log:3"]],
    )
    (tree / "sub" / "b.log").unlink()
    clean = cli("key", "scan", "--no-database", str(tree))
    assert (clean.code, clean.out.startswith("no key found; looked at 4 files")) == (0, True)


def test_form_alone_loads_nothing_heavy(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "a.txt").write_text("nothing")
    code = (
        "import sys; from alphanest_db.cli.boundary import run\n"
        "code = run(['key', 'scan', '--no-database', 'a.txt'])\n"
        "print(code, [name for name in ('sqlalchemy', 'psycopg2', 'alembic', 'bcrypt') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=cli.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def test_revoking_takes_the_found_keys_away_after_asking(database: Target, on: On, tree: Path) -> None:
    put_in(database)
    refused = on(database)("key", "scan", str(tree), "--revoke")
    assert (refused.code, opens(database, PLAIN, HASHED)) == (3, ["u1", "u2"])
    assert "revoking 3 leaked keys was not confirmed" in refused.err
    precious = on(database)("key", "scan", str(tree), "--revoke", "--yes", ALPHANEST_ENV="production")
    assert (precious.code, opens(database, PLAIN, HASHED)) == (3, ["u1", "u2"])
    screen = on_terminal(on(database), "key", "scan", str(tree), "--revoke", typed="y")
    assert (screen.code, "revoked 3 keys" in screen.plain) == (1, True)
    assert [stored_key(database, user) for user in ("u1", "u2", "u3", "u4")] == [
        None,
        None,
        None,
        "ak_Maybe" + "x" * 27,
    ]
    again = on(database)("key", "scan", str(tree), "--revoke")
    assert again.code == 0


def test_key_that_was_replaced_meanwhile_stays(database: Target, on: On, tmp_path: Path) -> None:
    put_in(database)
    (tmp_path / "a.txt").write_text(PLAIN)
    with session(database) as connection, connection.cursor() as cursor:
        cursor.execute(f"BEGIN; UPDATE users SET api_key = '{hashed_form(LOOKS_LIKE_ONE)}' WHERE id = 'u1'")
        process = on(database).start("key", "scan", "a.txt", "--revoke", "--yes", "-o", "json")
        deadline = 100
        while deadline and process.poll() is None:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone() == (1,):
                break
            cursor.execute("SELECT pg_sleep(0.1)")
            deadline -= 1
        cursor.execute("COMMIT")
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, '"revoked": 0' in out, opens(database, LOOKS_LIKE_ONE)) == (1, True, ["u1"])


def test_dumps_of_our_databases_are_read(database: Target, on: On, tmp_path: Path) -> None:
    put_in_many(database, 1500)
    for form, compression in (("custom", "6"), ("custom", "0"), ("plain", "0"), ("directory", "6")):
        client = find_client("pg_dump", 18)
        command = [
            str(client.path),
            f"--format={form}",
            f"--compress={compression}",
            f"--file={tmp_path}/{form}{compression}",
        ]
        environ = client_environment(database, os.environ)
        with started(command, environ) as child:
            assert child.wait() == 0, child.stderr
    result = on(database)("key", "scan", str(tmp_path), "-o", "json")
    per_dump: dict[str, set[str]] = {}
    for leak in result.json["leaks"]:
        per_dump.setdefault(Path(leak["place"]).relative_to(tmp_path).parts[0], set()).add(leak["owner"]["user_id"])
    assert {name: len(users) for name, users in per_dump.items()} == {
        "custom6": 1500, "custom0": 1500, "plain0": 1500, "directory6": 1500
    }  # fmt: skip
    assert result.json["looked_at"]["skipped"] == []


def test_history_of_a_repository_is_told_by_commit(database: Target, on: On, tmp_path: Path) -> None:
    put_in(database)
    who = ["-c", "user.name=a", "-c", "user.email=a@x"]
    for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "1"]):
        (tmp_path / "a.txt").write_text(PLAIN)
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "a.txt").write_text("clean")
    without, with_history = (on(database)("key", "scan", *how, "-o", "json") for how in ((".",), (".", "--git")))
    assert (without.code, with_history.code) == (0, 1)
    leaks = with_history.json["leaks"]
    assert [(leak["place"], leak["line"], leak["commit"], leak["owner"]["user_id"]) for leak in leaks] == [
        ("a.txt", 1, commit, "u1")
    ]
    assert commit[:12] in on(database)("key", "scan", ".", "--git").out


def test_stdin_is_scanned(database: Target, on: On) -> None:
    put_in(database)
    result = on(database)("key", "scan", "-", "-o", "json", stdin=f"x\n{PLAIN}\n")
    assert [(leak["place"], leak["line"], leak["owner"]["user_id"]) for leak in result.json["leaks"]] == [
        ("-", 2, "u1")
    ]


def test_unreadable_file_is_skipped_and_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8b\x08garbage")
    result = cli("key", "scan", "--no-database", ".")
    assert (result.code, "skipped: bad.gz: " in result.out) == (0, True)


def test_hostile_file_names_reach_no_terminal(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "\x1b[2J\x1b]0;owned\x07[red]\u202e").write_text(LOOKS_LIKE_ONE)
    screen = on_terminal(cli, "key", "scan", "--no-database", str(tmp_path))
    assert (screen.code, "\x1b[2J" in screen.text, "\x1b]0" in screen.text, "\u202e" in screen.text) == (
        1,
        False,
        False,
        False,
    )
    assert cli("key", "scan", "--no-database", ".", "-o", "json").json["leaks"][0]["line"] == 1


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_names_and_reasons_hold_no_key(form: str, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / f"{LOOKS_LIKE_ONE}.txt").write_text(LOOKS_LIKE_ONE)
    for place, byte in ((6, 1), (26, 60)):  # encrypted; a name that goes on into the text
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(f"{LOOKS_LIKE_ONE}.txt" if place == 6 else "a.txt", f"x {LOOKS_LIKE_ONE}\n")
        changed = bytearray(packed.getvalue())
        changed[place] = byte
        if place == 6:
            changed[changed.index(b"PK\1\2") + 8] = byte
        (tmp_path / f"{place}.zip").write_bytes(changed)

    scanned = cli("key", "scan", "--no-database", ".", "-o", form)

    assert (scanned.code, LOOKS_LIKE_ONE in scanned.out + scanned.err, "ak_aZ3k….txt" in scanned.out) == (
        1,
        False,
        True,
    )
    if form == "json":
        reasons = [item["reason"] for item in scanned.json["looked_at"]["skipped"]]
        assert (reasons[1], len(reasons[0]) < 100) == ("it is encrypted", True), reasons


def test_wrong_usage_is_told(cli: Cli) -> None:
    for arguments in ((), ("gone.txt",), (".", "--no-database", "--revoke"), (".", "--no-database", "--git")):
        assert cli("key", "scan", "--no-database", *arguments).code == 2


def test_no_database_is_told_before_the_work(cli: Cli, tree: Path) -> None:
    result = cli("key", "scan", str(tree), DATABASE_URL="postgresql://nowhere.invalid/x")
    assert (result.code, result.out) == (4, "")


def test_memory_is_flat(tmp_path: Path) -> None:
    line = ("x" * 99 + "\n").encode() * 10_000
    with (tmp_path / "long").open("wb") as file:
        for _ in range(200):
            file.write(line)
        file.write(b"y" * 100_000_000 + LOOKS_LIKE_ONE.encode())
    code = (
        "import os, resource; from pathlib import Path; from alphanest_db.accounts.scanning.scan import scan_paths\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"found = scan_paths([Path({str(tmp_path)!r})], dict(os.environ), history=False).found\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, found[0].line)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    grown_kibibytes, line_number = map(int, done.stdout.split())
    assert (grown_kibibytes < 10 * 1024, line_number) == (True, 2_000_001)


def test_pre_commit_hook_is_a_call_that_works(cli: Cli, tmp_path: Path) -> None:
    hook = dict(re.findall(r"^[- ] (\w+): (.+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.M))
    words = shlex.split(hook["entry"])
    (tmp_path / "bad.py").write_text(f"KEY = {LOOKS_LIKE_ONE!r}\n")
    (tmp_path / "good.py").write_text("KEY = os.environ['KEY']\n")
    assert words[0] == "alphanest"
    assert [cli(*words[1:], *files).code for files in (["good.py"], ["good.py", "bad.py"])] == [0, 1]
    assert re.search(rf"id: {hook['id']}\b", (ROOT / "README.md").read_text())
