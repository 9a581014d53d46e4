"""The embedded PostgreSQL server: a real one, of the owner alone, started when it is needed.

A small manager of our own over initdb and pg_ctl: the wheel's trusts every local connection and, as root, opens all folders
above the data to everybody.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alphanest_db.database.connect import session
from alphanest_db.database.embedded.account import Account, server_account
from alphanest_db.database.embedded.binaries import MAJOR_VERSION, server_programs
from alphanest_db.database.embedded.cluster import SUPERUSER, ensure_cluster, failed, write_configuration
from alphanest_db.database.embedded.layout import Layout, layout_of, make_parents, make_private_folder
from alphanest_db.database.embedded.postmaster import Postmaster, find_postmaster, is_running
from alphanest_db.database.target import Target
from alphanest_db.errors import EmbeddedServerError, Refused
from alphanest_db.settings import DEFAULT_DATABASE
from alphanest_db.units import plural

START_SECONDS = 120
_POLL_SECONDS = 0.05
_LOG_TAIL_BYTES = 16_384
_LONGEST_LOG_BYTES = 10 * 1024 * 1024

Notify = Callable[[str], None]


@dataclass(frozen=True)
class ServerStatus:
    """What the embedded server is doing; `port` is its TCP port on 127.0.0.1, None without TCP."""

    running: bool
    version: int
    pid: int | None
    started_at: datetime | None
    socket_folder: Path
    port: int | None
    data: Path
    log: Path
    password_file: Path


def ensure_running(home: Path, *, notify: Notify = lambda _text: None) -> Target:
    """The target of the embedded server's database; starts the server where it does not run, and makes it at the first time.

    Raises EmbeddedServerError, with a message for each way in which that can fail.
    """
    account = server_account()
    layout = layout_of(home, account)
    postmaster = find_postmaster(layout)
    if postmaster is None or not postmaster.answers():
        postmaster = _start(layout, account, port=None, notify=notify)
    return _target(layout, postmaster)


def start(home: Path, *, port: int | None = None, notify: Notify = lambda _text: None) -> ServerStatus:
    """Start the server, listening on 127.0.0.1:`port` too where one is given; one that runs already stays as it is.

    To begin to listen, a running server is started anew; Refused where others are connected to it.
    """
    account = server_account()
    layout = layout_of(home, account)
    postmaster = find_postmaster(layout)
    if postmaster and postmaster.answers():
        if port is None or (postmaster.tcp_address and postmaster.port == port):
            return _status(layout, postmaster)
        _refuse_if_busy(_target(layout, postmaster))
        stop(home)
    return _status(layout, _start(layout, account, port=port, notify=notify))


def stop(home: Path) -> bool:
    """Stop the server, ending the sessions on it; False where none ran."""
    account = server_account()
    layout = layout_of(home, account)
    if not layout.data.exists():
        return False
    with layout.locked():
        if not is_running(layout):
            return False
        command = ["stop", "--wait", f"--timeout={START_SECONDS}", "--mode=fast"]
        result = _pg_ctl(layout, account, command)
        if result.returncode != 0:
            raise failed("the server did not stop", result.stderr or result.stdout, layout)
        return True


def status(home: Path) -> ServerStatus:
    """What the server is doing; starts nothing."""
    layout = layout_of(home, server_account())
    postmaster = find_postmaster(layout)
    return _status(layout, postmaster if postmaster and postmaster.answers() else None)


def _start(layout: Layout, account: Account, *, port: int | None, notify: Notify) -> Postmaster:
    make_parents(layout)
    try:
        with layout.locked():
            postmaster = _already_there(layout)
            if postmaster is None:
                postmaster = _launch(layout, account, port, notify)
            return postmaster
    except OSError as error:
        raise failed("the server could not be started", error.strerror or str(error), layout) from error


def _already_there(layout: Layout) -> Postmaster | None:
    """The server that another alphanest has started, or is about to have started, before we got the lock."""
    deadline = time.monotonic() + START_SECONDS
    while is_running(layout) and time.monotonic() < deadline:
        postmaster = find_postmaster(layout)
        if postmaster and postmaster.answers():
            return postmaster
        time.sleep(_POLL_SECONDS)
    return None


def _launch(layout: Layout, account: Account, port: int | None, notify: Notify) -> Postmaster:
    programs = server_programs(account, layout.programs)
    make_private_folder(layout.folder, account)
    is_new = not layout.data.exists()
    ensure_cluster(layout, account, programs)
    make_private_folder(layout.socket_folder, account)
    write_configuration(layout, account, port)
    _remove_stale_pid_file(layout)
    _rotate(layout.log)
    result = _pg_ctl(layout, account, ["start", "--wait", f"--timeout={START_SECONDS}", f"--log={layout.log}"])
    postmaster = _already_there(layout)
    if postmaster is None:
        said = _log_tail(layout.log) if result.returncode else ""
        raise _start_failed(layout, said or result.stderr or result.stdout, port)
    made = "made and started" if is_new else "started"
    notify(
        f"{made} the embedded PostgreSQL {MAJOR_VERSION} in {layout.folder}; it keeps running, "
        "`alphanest server stop` ends it"
    )
    return postmaster


def _start_failed(layout: Layout, said: str, port: int | None) -> EmbeddedServerError:
    if port and "Address already in use" in said:
        return EmbeddedServerError(
            f"port {port} on 127.0.0.1 is in use by another program", "Choose another one with --port.", layout.log
        )
    return failed("the server did not start", said, layout)


def _pg_ctl(layout: Layout, account: Account, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    programs = server_programs(account, layout.programs)
    command = [str(programs / "pg_ctl"), *arguments, f"--pgdata={layout.data}", "--silent"]
    return account.run(command, timeout_seconds=START_SECONDS + 30)


def _remove_stale_pid_file(layout: Layout) -> None:
    """PostgreSQL refuses to start while the number in a left-over pid file belongs to any process of the same user."""
    if layout.pid_file.exists() and not is_running(layout):
        layout.pid_file.unlink(missing_ok=True)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _log_tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return text.rpartition("starting PostgreSQL")[2]


def _refuse_if_busy(target: Target) -> None:
    with session(target.with_database("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_catalog.pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()"
        )
        row = cursor.fetchone()
    if row and row[0]:
        raise Refused(
            f"the server must be started anew to listen on a port, and has {plural(row[0], 'session')}",
            "End them, or run `alphanest server stop` first.",
        )


def _target(layout: Layout, postmaster: Postmaster) -> Target:
    try:
        password = layout.password.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EmbeddedServerError(
            f"the password of the running server cannot be read from {layout.password}: {error.strerror}",
            "Run `alphanest server stop`; the next start sets a new password.",
        ) from error
    return Target(
        host=str(postmaster.socket_folder), port=postmaster.port, user=SUPERUSER, password=password,
        database=DEFAULT_DATABASE, source="embedded server", embedded=True,
    )  # fmt: skip


def _status(layout: Layout, postmaster: Postmaster | None) -> ServerStatus:
    return ServerStatus(
        running=postmaster is not None,
        version=MAJOR_VERSION,
        pid=postmaster.pid if postmaster else None,
        started_at=postmaster.started_at if postmaster else None,
        socket_folder=postmaster.socket_folder if postmaster else layout.socket_folder,
        port=postmaster.port if postmaster and postmaster.tcp_address else None,
        data=layout.data,
        log=layout.log,
        password_file=layout.password,
    )
