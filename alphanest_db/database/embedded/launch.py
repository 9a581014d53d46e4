"""Bringing the embedded server up and down; the caller holds the layout's lock."""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.binaries import server_programs
from alphanest_db.database.embedded.cluster import check_cluster, ensure_cluster, write_configuration
from alphanest_db.database.embedded.failures import failed
from alphanest_db.database.embedded.folders import make_private
from alphanest_db.database.embedded.layout import Layout
from alphanest_db.database.embedded.postmaster import Postmaster, find_answering, find_postmaster
from alphanest_db.database.embedded.processes import end_orphans, main_process, wait_for_end
from alphanest_db.errors import EmbeddedServerError

START_SECONDS = 120
_DEAF_SECONDS = 3
_POLL_SECONDS = 0.05
_LOG_TAIL_BYTES = 16_384
_LONGEST_LOG_BYTES = 10 * 1024 * 1024


def find_running(layout: Layout, account: Account) -> Postmaster | None:
    """The server that somebody else started, as soon as it takes sessions; None where none runs.

    Raises EmbeddedServerError where one runs and does not get there, such as in a long recovery.
    """
    begin = time.monotonic()
    while process := main_process(layout, account):
        if postmaster := find_answering(layout):
            return postmaster
        waited = time.monotonic() - begin
        said = find_postmaster(layout)
        if (said is None or said.status == "ready") and waited > _DEAF_SECONDS:
            raise EmbeddedServerError(
                f"the server (process {process.pid}) runs, and does not answer on its socket",
                "Run `alphanest server stop`, then try again.", layout.log,
            )  # fmt: skip
        if waited > START_SECONDS:
            raise _still_starting(layout)
        time.sleep(_POLL_SECONDS)
    return None


def launch(layout: Layout, account: Account, port: int | None, lock: int) -> Postmaster:
    """Start the server, which does not run; at the first time it is made.

    Raises EmbeddedServerError, with a message for each way in which that can fail.
    """
    check_cluster(layout)
    check_port(port)
    programs = server_programs(account, layout.programs)
    end_orphans(layout, account)
    ensure_cluster(layout, account, programs, lock)
    make_private(layout.socket_folder, account)
    write_configuration(layout, account, port)
    _remove_stale_files(layout)
    _rotate(layout.log)
    log_start = layout.log.stat().st_size if layout.log.exists() else 0
    process = account.start([str(programs / "postgres"), "-D", str(layout.data)], layout.log)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        postmaster = find_answering(layout)
        if postmaster and postmaster.pid == process.pid:
            return postmaster
        if time.monotonic() > deadline:
            raise _still_starting(layout)
        time.sleep(_POLL_SECONDS)
    raise failed("the server did not start", _last_words(process, layout.log, log_start), layout)


def shut_down(layout: Layout, account: Account) -> bool:
    """Stop the server, ending the sessions on it; False where none ran.

    Raises EmbeddedServerError where it does not end.
    """
    process = main_process(layout, account)
    if process is None:
        return end_orphans(layout, account)
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
    if not wait_for_end(process, START_SECONDS):
        raise EmbeddedServerError(
            f"the server (process {process.pid}) has not ended after two minutes",
            f"Look into the server's log {layout.log}, and try again.", layout.log,
        )  # fmt: skip
    return True


def check_port(port: int | None) -> None:
    """Raises EmbeddedServerError where another program listens on that port of 127.0.0.1."""
    if port is None:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise EmbeddedServerError(
                f"port {port} on 127.0.0.1 is in use by another program", "Choose another one with --port."
            ) from error


def _remove_stale_files(layout: Layout) -> None:
    """PostgreSQL refuses to start while the number in a file that a crash left belongs to any process of the same user.

    No process works in the data folder when we get here, so that the number is a stranger's.
    """
    layout.pid_file.unlink(missing_ok=True)
    for file in layout.socket_folder.glob(".s.PGSQL.*"):
        file.unlink(missing_ok=True)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _last_words(process: "subprocess.Popen[str]", log: Path, log_start: int) -> str:
    said = process.communicate()[1]
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(log_start, log.stat().st_size - _LOG_TAIL_BYTES))
        said += file.read().decode("utf-8", "replace")
    return said


def _still_starting(layout: Layout) -> EmbeddedServerError:
    return EmbeddedServerError(
        "the server has been starting for two minutes",
        f"It may be recovering from a crash: wait, look into its log {layout.log}, and try again.", layout.log,
    )  # fmt: skip
