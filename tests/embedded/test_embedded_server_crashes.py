"""What is killed, full, lost or broken is put right by the next command, or named by it; committed rows are never lost."""

import os
import pty
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg2
import pytest

from alphanest_db.database.connect import connect
from alphanest_db.database.embedded.account import server_account
from tests.embedded_scenes import (
    Home,
    contents,
    kill,
    new_home,
    small_disk,
    stranger,
    wait_until,
)
from tests.servers import execute, installations

MOMENTS: dict[str, Callable[[Home], object]] = {
    "the lock is taken": lambda home: (home.path / "server.lock").exists(),
    "initdb begins": lambda home: list(home.path.glob("postgresql/data.unf*")),
    "initdb fills": lambda home: list(home.path.glob("postgresql/data.unf*/global/pg_control")),
    "the data are there": lambda home: home.data.exists(),
    "the postmaster starts": lambda home: (home.data / "postmaster.pid").exists(),
}  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_first_start_killed_at_any_moment_is_completed_by_the_next(fresh: Home, moment: str) -> None:
    process = fresh.start("start")
    wait_until(lambda: MOMENTS[moment](fresh) or process.poll() is not None)
    process.kill()
    process.communicate()
    assert fresh.started()
    assert len(fresh.servers()) == 1
    assert_nothing_is_half_made(fresh)
    fresh.keep(1)


def test_kills_at_random_moments_are_survived(fresh: Home) -> None:
    for _ in range(4):
        process = fresh.start("start")
        time.sleep(random.uniform(0.1, 1.2))
        process.kill()
        process.communicate()
    fresh.started()
    assert len(fresh.servers()) == 1
    assert_nothing_is_half_made(fresh)


def assert_nothing_is_half_made(home: Home) -> None:
    assert sorted(path.name for path in home.path.iterdir()) == ["postgresql", "server.lock", "server.password"]
    assert sorted(path.name for path in home.data.parent.iterdir()) == ["data", "run", "server.log"]
    assert not list(home.data.glob(".*"))


def test_interrupted_first_start_ends_with_130_and_the_next_works(fresh: Home) -> None:
    process = fresh.start("start")
    wait_until(lambda: list(fresh.path.glob("postgresql/data.unf*")))  # initdb takes a second from here on
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    fresh.started()
    assert_nothing_is_half_made(fresh)


def test_server_outlives_the_terminal_of_the_command_that_started_it(fresh: Home) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", "alphanest_db", "server", "start"], fresh.cli.environ)
    wait_until(lambda: psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
    os.write(terminal, b"\x03")  # Ctrl-C
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert fresh.servers() == [fresh.started()]
    assert os.getsid(fresh.started()) not in (os.getsid(0), child)


def test_killed_postmaster_is_replaced_with_all_that_was_committed(home: Home) -> None:
    postmaster = home.started()
    home.keep(1)
    busy = connect(home.target())
    with busy.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (2)")
        backend = busy.get_backend_pid()
        os.kill(backend, signal.SIGSTOP)  # it cannot notice, as one in a long computation does not
        kill(postmaster)
        assert home.started() != postmaster
        assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE
    busy.close()
    assert home.kept() == [1]
    assert len(home.servers()) == 1


def test_pid_file_with_the_number_of_another_process_is_no_obstacle(home: Home) -> None:
    kill(home.started())
    wait_until(lambda: not home.processes())
    with stranger() as pid:
        for file in (home.data / "postmaster.pid", home.data.parent / "run" / ".s.PGSQL.5432.lock"):
            lines = file.read_text().split("\n")
            file.write_text("\n".join([str(pid), *lines[1:]]))
        assert home("status").code == 1
        assert home("stop").out == "the embedded server was not running\n"
        home.started()
        assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    "text", [b"", b"12", b"\xff\x00garbage\n\n", b"99999999999999999999\n/x\n1\n2\n3\n4\n5\nready\n"]
)
def test_broken_pid_file_is_no_obstacle(home: Home, text: bytes) -> None:
    home.started()
    home.keep(1)
    home.stopped()
    (home.data / "postmaster.pid").write_bytes(text)
    assert home("status").code == 1
    home.started()
    assert home.kept() == [1]


def test_pid_file_broken_under_a_running_server_loses_nothing(home: Home) -> None:
    before = home.started()
    home.keep(1)
    (home.data / "postmaster.pid").write_text("garbage")
    assert home.servers() == [before]
    after = home.started()
    assert home.servers() == [after]
    assert home.kept() == [1]


def test_folder_without_a_version_is_named_and_not_touched(fresh: Home) -> None:
    fresh.data.mkdir(parents=True)
    (fresh.data / "precious").write_text("rows")
    assert_refused_untouched(fresh, "is not a data folder of PostgreSQL")


def test_data_of_another_version_are_named_and_not_touched(fresh: Home) -> None:
    old = next((found for found in installations() if found.version != 18), None)
    if old is None:
        pytest.skip("there is no other PostgreSQL on this machine")
    account = server_account()
    fresh.data.parent.mkdir(parents=True)
    for path in (fresh.path, fresh.data.parent):
        path.chmod(0o755)
    account.own(fresh.data.parent)
    made = account.run([str(old.programs / "initdb"), "-N", f"--pgdata={fresh.data}"], timeout_seconds=60)
    assert made.returncode == 0, made.stderr
    assert_refused_untouched(fresh, f"was made by PostgreSQL '{old.version}', and this alphanest brings PostgreSQL 18")


def assert_refused_untouched(home: Home, words: str) -> None:
    before = contents(home.data)
    result = home("start")
    assert result.code == 3
    assert words in result.err.splitlines()[0]
    assert "Nothing was touched" in result.err.splitlines()[1]
    assert contents(home.data) == before
    assert home.processes() == []


@pytest.mark.parametrize("loss", ["removed", "emptied"])
def test_lost_password_is_replaced_at_the_next_start(home: Home, loss: str) -> None:
    home.started()
    home.keep(1)
    old = home.password_file.read_text()
    home.password_file.unlink()
    if loss == "emptied":
        home.password_file.touch(0o600)
    url = home("url")
    assert url.code == 3
    assert url.err.splitlines()[1].startswith("hint: Run `alphanest server stop`")
    assert home.stopped()
    home.started()
    assert home.password_file.read_text() not in ("", old)
    assert home.password_file.read_text() not in (home.data.parent / "server.log").read_text()
    assert home.kept() == [1]


def test_data_folder_removed_from_under_a_running_server_makes_way_for_a_new_one(home: Home) -> None:
    old = home.started()
    shutil.rmtree(home.data)
    new = home.started()
    assert new != old
    assert home.servers() == [new]
    home.keep(1)


def test_server_whose_data_folder_was_removed_can_be_stopped(home: Home) -> None:
    home.started()
    shutil.rmtree(home.data)
    assert home("stop").out == "stopped the embedded server\n"
    assert home.processes() == []


def test_server_without_its_socket_is_named_and_can_be_stopped(home: Home) -> None:
    home.started()
    home.keep(1)
    shutil.rmtree(home.data.parent / "run")
    result = home("start")
    assert result.code == 3
    assert "does not answer on its socket" in result.err.splitlines()[0]
    assert "alphanest server stop" in result.err.splitlines()[1]
    assert home.stopped()
    home.started()
    assert home.kept() == [1]


def test_full_disk_is_named_and_leaves_nothing_half_made(folder: Path) -> None:
    with small_disk(folder / "disk", 20) as enlarge, new_home(folder / "disk" / "home", folder) as home:
        result = home("start")
        assert_disk_is_named(result.code, result.err)
        assert not [path for path in home.data.parent.glob("*") if path.name.startswith("data")]
        assert not home.password_file.exists()
        enlarge(200)
        home.started()
        assert_nothing_is_half_made(home)
        home.clear()


def test_disk_that_fills_up_under_the_server_loses_nothing(folder: Path) -> None:
    with small_disk(folder / "disk", 100) as enlarge, new_home(folder / "disk" / "home", folder) as home:
        home.started()
        home.keep(1)
        with pytest.raises(psycopg2.Error):
            execute(home.target(), "CREATE TABLE big AS SELECT repeat('x', 2000) FROM generate_series(1, 100000)")
        filler = folder / "disk" / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(b"x" * 100_000_000)
        home.stopped()
        for process in home.processes():
            kill(process.pid)
        full = home("start")
        if full.code:
            assert_disk_is_named(full.code, full.err)
        enlarge(300)
        home.started()
        assert home.kept() == [1]
        home.clear()


def assert_disk_is_named(code: int, err: str) -> None:
    assert code == 3, err
    error, hint = err.splitlines()
    assert "no space is left on the disk" in error
    assert hint == "hint: Free some space and try again; nothing that was there is lost."


def test_server_that_does_not_accept_its_settings_says_why(home: Home) -> None:
    home.started()
    home.stopped()
    with (home.data / "postgresql.conf").open("a") as file:
        file.write("max_connections = plenty\n")
    result = home("start")
    assert result.code == 3
    error, hint = result.err.splitlines()
    assert error.startswith("error: the server did not start: ")
    assert hint.startswith("hint: Look into the server's log ")
