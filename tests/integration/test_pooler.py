"""Behind a connection pooler: session locks hold in session mode, and mean nothing in transaction mode."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.embedded.account import server_account
from alphanest_db.database.pooling import refuse_transaction_pooling
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from tests.servers import fetch, free_port

PGBOUNCER = shutil.which("pgbouncer", path="/usr/bin:/usr/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


@contextlib.contextmanager
def pooler(target: Target, folder: Path, mode: str) -> Iterator[Target]:
    """A PgBouncer in front of the target's server."""
    assert PGBOUNCER
    account = server_account()
    port = free_port()
    (folder / "users").write_text(f'"{target.user}" "{target.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={target.host} port={target.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"auth_type = plain\nauth_file = {folder / 'users'}\npool_mode = {mode}\nunix_socket_dir =\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    for path in (folder, *folder.iterdir()):
        account.own(path)
    switch = {} if account.name is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = subprocess.Popen(  # type: ignore[call-overload]  # switch is empty or whole
        [PGBOUNCER, "-q", str(folder / "pgbouncer.ini")],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **switch,
    )
    try:
        _wait_for(port)
        yield replace(target, host="127.0.0.1", port=port)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("pgbouncer did not start")


@pytest.fixture
def pooler_folder(worker_folder: Path) -> Iterator[Path]:
    """A folder that the pooler's account may enter."""
    folder = worker_folder / "pooler"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def test_transaction_mode_is_refused_and_nothing_is_changed(deployed_database: Target, pooler_folder: Path) -> None:
    with (
        pooler(deployed_database, pooler_folder, "transaction") as pooled,
        pytest.raises(Refused, match="transaction mode"),
    ):
        upgrade(pooled, migrations_folder())

    assert fetch(deployed_database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    assert fetch(deployed_database, "SELECT version_num FROM alembic_version") == [("d9a4a7469274",)]


def test_session_mode_works(deployed_database: Target, pooler_folder: Path) -> None:
    with pooler(deployed_database, pooler_folder, "session") as pooled:
        assert upgrade(pooled, migrations_folder()).steps


def test_no_pooler_is_suspected_on_a_direct_connection(database: Target) -> None:
    with session(database) as connection:
        refuse_transaction_pooling(database, connection)
