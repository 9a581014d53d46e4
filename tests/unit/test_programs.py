"""PostgreSQL's programs: which one is taken, how it ends, and what its complaints mean."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from alphanest_db.errors import ProgramFailed, ProgramNotFound
from alphanest_db.programs.child import started, watchdog
from alphanest_db.programs.failures import Complaint, fatal, read_complaints
from alphanest_db.programs.find import find_client
from tests.conftest import ROOT

SLEEPER = ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]


def fake(folder: Path, version: int) -> None:
    program = folder / str(version) / "bin" / "pg_fake"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)


def waited_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_lowest_version_that_is_not_older_is_taken(tmp_path: Path) -> None:
    for version in (15, 19, 22):
        fake(tmp_path, version)

    found = find_client("pg_fake", 19, needs_tls=True, places=[f"{tmp_path}/*/bin"])
    newer = find_client("pg_fake", 20, needs_tls=True, places=[f"{tmp_path}/*/bin"])

    assert (found.version, newer.version) == (19, 22)


def test_missing_program_says_which_version_and_how_to_get_it(tmp_path: Path) -> None:
    fake(tmp_path, 15)

    with pytest.raises(ProgramNotFound) as caught:
        find_client("pg_fake", 19, needs_tls=True, places=[f"{tmp_path}/*/bin"])

    assert "no pg_fake of version 19 or newer with TLS" in caught.value.message
    assert str(tmp_path / "15" / "bin" / "pg_fake") in caught.value.message
    assert "postgresql-client-19" in (caught.value.hint or "")


def test_program_of_the_wheel_is_not_taken_for_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not find_client("pg_dump", 16, places=[]).has_tls

    with pytest.raises(ProgramNotFound, match="with TLS"):
        find_client("pg_dump", 16, needs_tls=True, places=[])


def test_leaving_ends_the_child_and_all_that_it_started() -> None:
    with started(SLEEPER, os.environ, stdout=subprocess.PIPE) as child:
        helper = int(child.stdout.readline())
        assert os.getpgid(helper) == child.pid != os.getpgid(0)

    assert not child.is_running()
    assert waited_for(lambda: is_gone(helper))


def test_leaving_ends_what_a_killed_child_left_running() -> None:
    with started(SLEEPER, os.environ, stdout=subprocess.PIPE) as child:
        sleeper = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        assert waited_for(lambda: not child.is_running())

    assert waited_for(lambda: is_gone(sleeper))


def test_files_that_a_child_makes_are_closed_to_others(tmp_path: Path) -> None:
    with started(["/bin/sh", "-c", f"echo > {tmp_path}/x"], os.environ) as child:
        assert child.wait() == 0

    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is dead")
def test_child_of_a_killed_process_ends() -> None:
    code = (
        "import os, sys\nfrom alphanest_db.programs.child import started\n"
        "with started(['sleep', '600'], os.environ) as child:\n"
        "    print(child.pid, flush=True)\n    child.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)

    assert waited_for(lambda: is_gone(pid))


def test_child_that_gets_no_further_is_ended() -> None:
    with started(["sleep", "600"], os.environ) as child, watchdog(child, lambda: 0, patience_seconds=0.2):  # noqa: SIM117
        with pytest.raises(ProgramFailed, match="sleep got no further"):
            child.wait()


def test_child_that_gets_further_is_left_alone() -> None:
    with (
        started(["sleep", "0.6"], os.environ) as child,
        watchdog(child, time.monotonic, patience_seconds=0.2),
    ):
        assert child.wait() == 0


def test_flood_of_complaints_is_kept_in_bounds() -> None:
    flood = "import sys\nfor n in range(20000): print('line', n, file=sys.stderr)"
    with started([sys.executable, "-c", flood], os.environ) as child:
        child.wait()
        lines = child.stderr.splitlines()

    assert (lines[0], lines[-1], len(lines)) == ("line 0", "line 19999", 1000)


COMPLAINTS = """\
pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 3400; 2606 16420 FK CONSTRAINT trades trades_user_id_fkey anna
pg_restore: error: could not execute query: ERROR:  insert or update on table "trades" violates foreign key constraint "trades_user_id_fkey"
DETAIL:  Key (user_id)=(anna@example.com) is not present in table "users".
Command was: ALTER TABLE ONLY public.trades ADD CONSTRAINT trades_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
pg_restore: error: COPY failed for table "users": ERROR:  invalid input syntax for type date: "anna@example.com"
CONTEXT:  COPY users, line 1, column born: "anna@example.com"
pg_restore: warning: errors ignored on restore: 2
"""  # noqa: E501 - as pg_restore writes it


def test_complaints_are_told_without_rows_and_statements() -> None:
    assert read_complaints(COMPLAINTS) == (
        Complaint(
            'insert or update on table "trades" violates foreign key constraint "trades_user_id_fkey"',
            "FK CONSTRAINT trades trades_user_id_fkey anna",
            "ALTER TABLE ONLY",
        ),
        Complaint("invalid input syntax for type date: ***"),
    )


def test_password_in_a_complaint_is_hidden() -> None:
    said = read_complaints("pg_dump: error: no such host: s3cret-of-anna\n", "s3cret-of-anna")

    assert said == (Complaint("no such host: ***"),)


def test_only_what_is_known_for_program_and_server_is_harmless() -> None:
    known = Complaint('unrecognized configuration parameter "transaction_timeout"')
    other = Complaint('unrecognized configuration parameter "other"')

    assert fatal([known, other], tool_version=18, server_version=15) == (other,)
    assert fatal([known], tool_version=18, server_version=18) == (known,)
    assert fatal([known], tool_version=16, server_version=15) == (known,)
