"""PostgreSQL servers for tests: real ones, of every version that this machine has."""

import contextlib
import secrets
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.database.connect import session
from alphanest_db.database.embedded.account import server_account
from alphanest_db.database.embedded.binaries import server_programs, wheel_programs
from alphanest_db.database.target import Target

TEST_SERVER = "test server"
# Tests may lose their data: nothing waits for the disk.
_FAST = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 256MB
max_prepared_transactions = 5
jit = off
"""


@dataclass(frozen=True)
class Installation:
    """A PostgreSQL of some version on this machine."""

    version: int
    programs: Path


def installations() -> list[Installation]:
    """The wheel's versions and the system's, the newest first."""
    found = {}
    for version in (18, 16):
        if programs := wheel_programs(version):
            found[version] = Installation(version, programs)
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        if folder.parent.name.isdigit() and (folder / "initdb").exists():
            found.setdefault(int(folder.parent.name), Installation(int(folder.parent.name), folder))
    return sorted(found.values(), key=lambda installation: -installation.version)


@contextlib.contextmanager
def running_server(installation: Installation, folder: Path, *, settings: str = _FAST) -> Iterator[Target]:
    """A fresh server in `folder`, on a socket and on a TCP port of its own; stopped at the end."""
    account = server_account()
    programs = server_programs(account, folder / "programs", programs=installation.programs)
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    account.own(folder)
    password = secrets.token_hex(8)
    password_file = folder / "password"
    password_file.write_text(password)
    account.own(password_file)
    initdb = [str(programs / "initdb"), f"--pgdata={data}", "--username=tester", f"--pwfile={password_file}"]
    initdb += ["--encoding=UTF8", "--locale=C", "--no-sync", *_quick_passwords(installation.version)]
    _checked(account.run(initdb, timeout_seconds=120))
    port = free_port()
    with (data / "postgresql.conf").open("a") as file:
        file.write(f"unix_socket_directories = '{folder}'\nport = {port}\nlisten_addresses = '127.0.0.1'\n{settings}")
    pg_ctl = [str(programs / "pg_ctl"), f"--pgdata={data}", "--silent", "--wait"]
    _checked(account.run([*pg_ctl, "start", f"--log={folder / 'log'}"], timeout_seconds=120))
    try:
        yield Target("127.0.0.1", port, "tester", "postgres", password, source=TEST_SERVER)
    finally:
        account.run([*pg_ctl, "stop", "--mode=immediate"], timeout_seconds=120)
        shutil.rmtree(folder, ignore_errors=True)


def _quick_passwords(version: int) -> list[str]:
    """scram-sha-256's 4096 rounds of hashing for each session take longer than most commands do."""
    return ["--auth=scram-sha-256", "--set=scram_iterations=1"] if version >= 16 else ["--auth=md5"]


def free_port() -> int:
    """A TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def execute(target: Target, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    with session(target) as connection, connection.cursor() as cursor:
        for text in statements:
            cursor.execute(text)


def fetch(target: Target, query: str) -> list[tuple[object, ...]]:
    """All rows of a query."""
    with session(target) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _checked(result: object) -> None:
    assert getattr(result, "returncode", 1) == 0, getattr(result, "stderr", "")
