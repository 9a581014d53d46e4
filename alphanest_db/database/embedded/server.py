"""The embedded PostgreSQL server: a real one, of the owner alone, started when it is needed.

A small manager of our own over initdb and postgres: the wheel's trusts every local connection and, as root, opens all folders
above the data to everybody. pg_ctl is not used: it puts paths into a shell's command line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alphanest_db.database.connect import session
from alphanest_db.database.embedded.account import Account, known_account, server_account
from alphanest_db.database.embedded.binaries import MAJOR_VERSION
from alphanest_db.database.embedded.failures import cannot_use
from alphanest_db.database.embedded.folders import layout_of, make_folders, remove_short_folder
from alphanest_db.database.embedded.launch import check_port, find_running, launch, shut_down
from alphanest_db.database.embedded.layout import Layout
from alphanest_db.database.embedded.passwords import SUPERUSER, read_password
from alphanest_db.database.embedded.postmaster import Postmaster, find_answering, has_programs
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.settings import DEFAULT_DATABASE
from alphanest_db.units import plural

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


@dataclass(frozen=True)
class Stopped:
    """What `stop` found."""

    was_running: bool


def ensure_running(home: Path, *, notify: Notify = lambda _text: None) -> Target:
    """The target of the embedded server's database; starts the server where it does not run, and makes it at the first time.

    One whose programs were removed is started anew; Refused where others are connected to it.
    Raises EmbeddedServerError, with a message for each way in which that can fail.
    """
    account = server_account()
    layout = layout_of(home, account)
    postmaster = find_answering(layout)
    if postmaster is None or not has_programs(layout):
        postmaster = _bring_up(layout, account, port=None, notify=notify)
    return _target(layout, postmaster)


def start(home: Path, *, port: int | None = None, notify: Notify = lambda _text: None) -> ServerStatus:
    """Start the server, listening on 127.0.0.1:`port` too where one is given; one that runs already stays as it is.

    To begin to listen, or where its programs were removed, a running server is started anew; Refused where others are connected.
    """
    account = server_account()
    layout = layout_of(home, account)
    postmaster = find_answering(layout)
    if postmaster is None or not _is_fit(layout, postmaster, port):
        postmaster = _bring_up(layout, account, port=port, notify=notify)
    return _status(layout, postmaster)


def stop(home: Path) -> Stopped:
    """Stop the server, ending the sessions on it."""
    account = known_account()
    layout = layout_of(home, account)
    try:
        if not layout.lock.exists():  # nothing was ever started here
            return Stopped(was_running=False)
        with layout.locked():
            stopped = Stopped(was_running=shut_down(layout, account))
            remove_short_folder(layout)
            return stopped
    except OSError as error:
        raise cannot_use(layout.home, error) from error


def status(home: Path) -> ServerStatus:
    """What the server is doing; starts and makes nothing."""
    layout = layout_of(home, known_account())
    return _status(layout, find_answering(layout))


def _bring_up(layout: Layout, account: Account, *, port: int | None, notify: Notify) -> Postmaster:
    make_folders(layout, account)
    try:
        with layout.locked() as lock:
            postmaster = find_running(layout, account)
            if postmaster and _is_fit(layout, postmaster, port):
                return postmaster
            if postmaster:
                port = port or postmaster.tcp_port
                _take_down(layout, account, postmaster, port, notify)
            made = "started" if layout.data.exists() else "made and started"
            postmaster = launch(layout, account, port, lock)
    except OSError as error:
        raise cannot_use(layout.home, error) from error
    notify(
        f"{made} the embedded PostgreSQL {MAJOR_VERSION} in {layout.folder}; it keeps running, "
        "`alphanest server stop` ends it"
    )
    return postmaster


def _is_fit(layout: Layout, postmaster: Postmaster, port: int | None) -> bool:
    return postmaster.listens_on(port) and has_programs(layout)


def _take_down(layout: Layout, account: Account, postmaster: Postmaster, port: int | None, notify: Notify) -> None:
    if not postmaster.listens_on(port):
        check_port(port)
    why = "to listen on a port" if has_programs(layout) else "because the programs it runs were removed"
    _refuse_if_busy(_target(layout, postmaster), why)
    notify(f"the embedded server is started anew {why}")
    shut_down(layout, account)


def _refuse_if_busy(target: Target, why: str) -> None:
    with session(target.with_database("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_catalog.pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()"
        )
        row = cursor.fetchone()
    if row and row[0]:
        raise Refused(
            f"the server must be started anew {why}, and has {plural(row[0], 'session')}",
            "End them, or run `alphanest server stop` first.",
        )


def _target(layout: Layout, postmaster: Postmaster) -> Target:
    return Target(
        host=str(postmaster.socket_folder), port=postmaster.port, user=SUPERUSER, password=read_password(layout),
        database=DEFAULT_DATABASE, source="embedded server", embedded=True,
    )  # fmt: skip


def _status(layout: Layout, postmaster: Postmaster | None) -> ServerStatus:
    return ServerStatus(
        running=postmaster is not None,
        version=MAJOR_VERSION,
        pid=postmaster.pid if postmaster else None,
        started_at=postmaster.started_at if postmaster else None,
        socket_folder=postmaster.socket_folder if postmaster else layout.socket_folder,
        port=postmaster.tcp_port if postmaster else None,
        data=layout.data,
        log=layout.log,
        password_file=layout.password,
    )
