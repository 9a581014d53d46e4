"""The processes of the embedded server, found by where they work and not by a number that a crash left behind."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.layout import Layout
from alphanest_db.database.embedded.postmaster import read_pid

_POLL_SECONDS = 0.05
_QUIT_SECONDS = 3


def server_processes(layout: Layout, account: Account) -> list[psutil.Process]:
    """All processes of PostgreSQL that have the data folder as their working folder, as those of a server do."""
    with account.acting():
        return [
            process
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "postgres" and _works_in(process, layout.data)
        ]


def main_process(layout: Layout, account: Account) -> psutil.Process | None:
    """The process that the pid file names, if it is one of the server's."""
    pid = read_pid(layout)
    return next((process for process in server_processes(layout, account) if process.pid == pid), None)


def end_orphans(layout: Layout, account: Account) -> bool:
    """End what is left of a server that was killed, or whose data folder was removed; True where there was something.

    A session whose postmaster was killed goes on with its statement, and nothing may start beside it.
    """
    orphans = server_processes(layout, account)
    for number in (signal.SIGQUIT, signal.SIGKILL):  # SIGQUIT is PostgreSQL's immediate shutdown
        _signal(server_processes(layout, account), number)
        deadline = time.monotonic() + _QUIT_SECONDS
        while server_processes(layout, account):
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        else:
            break
    return bool(orphans)


def wait_for_end(process: psutil.Process, timeout_seconds: float) -> bool:
    """True when the process has ended; one that nobody has taken notice of (a zombie) has ended too."""
    deadline = time.monotonic() + timeout_seconds
    while _is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _works_in(process: psutil.Process, data: Path) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        if process.cwd() != str(data):
            return False
        link = Path(f"/proc/{process.pid}/cwd")
        if not link.is_symlink():  # no Linux
            return True
        info = link.stat()
        # The path alone can be that of a container's server. A folder without links is one that was removed.
        return info.st_nlink == 0 or os.path.samestat(info, data.stat())
    return False


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(processes: Sequence[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)
