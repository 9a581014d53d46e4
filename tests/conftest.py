"""One server for all tests, and a database of its own for each."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import hypothesis
import pytest

from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.target import Target, target_from_url
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from alphanest_db.settings import DatabaseUrl
from tests.forking import run
from tests.left_overs import Watcher
from tests.servers import TEST_SERVER, Installation, execute, installations, running_server

# A test is no clock: on a busy machine, every example may take its time.
hypothesis.settings.register_profile(
    "alphanest", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None
)
hypothesis.settings.load_profile("alphanest")

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures"
TEMPLATE = "alphanest_template"
BYTECODE = ROOT / ".pytest_cache" / "bytecode"
if sys.dont_write_bytecode:  # as in many images: hundreds of processes would compile everything, each for itself
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(BYTECODE)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: each command would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
# What would steer the commands under test away from the test's own database.
_STEERING = ("DATABASE_URL", "CI", "NO_COLOR", "COLUMNS", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")


_watcher = pytest.StashKey[Watcher]()


def pytest_configure(config: pytest.Config) -> None:
    """The session has a folder for its files; its workers, if there are any, share it."""
    if not hasattr(config, "workerinput"):
        config.stash[_watcher] = Watcher()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of the session stays."""
    if _watcher in config.stash:
        config.stash[_watcher].end()


@dataclass(frozen=True)
class Result:
    """What a call of the program came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of `--output json`."""
        return json.loads(self.out)


class Cli:
    """The program, called as a user calls it: a process of its own."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self.environ = dict(environ)
        self.folder = folder

    def __call__(self, *arguments: str, stdin: str | None = None, **environ: str) -> Result:
        """Run it; keyword arguments are further environment variables."""
        variables = self.environ | environ
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write((stdin or "").encode())
            given.seek(0)
            code = run(
                arguments, variables, self.folder, (given, out, err), base=clean_environment(), timeout_seconds=300
            )
            return Result(code, _text(out), _text(err))

    def start(self, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        """Start it, and do not wait."""
        return subprocess.Popen(
            [sys.executable, "-m", "alphanest_db", *arguments],
            env=self.environ | environ, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


def clean_environment() -> dict[str, str]:
    """This process's environment without what steers alphanest, and with cheap password hashes."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in _STEERING and not key.startswith(("ALPHANEST_", "DB_", "PG"))
    }
    bytecode = {"PYTHONPYCACHEPREFIX": sys.pycache_prefix} if sys.pycache_prefix else {}
    return kept | bytecode | {"ALPHANEST_BCRYPT_COST": "4", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


@pytest.fixture(scope="session")
def server(worker_folder: Path) -> Iterator[Target]:
    """The server of this test session, as its administrator."""
    with contextlib.ExitStack() as stack:
        if url := os.environ.get("TEST_DATABASE_URL"):
            yield target_from_url(DatabaseUrl(url, "TEST_DATABASE_URL"))
        elif os.environ.get("TEST_POSTGRES") == "docker":
            from testcontainers.community.postgres import PostgresContainer

            container = stack.enter_context(PostgresContainer("postgres:18-alpine"))
            yield target_from_url(DatabaseUrl(container.get_connection_url(), "testcontainers"))
        else:
            yield stack.enter_context(running_server(installations()[0], worker_folder / "server"))


@pytest.fixture(scope="session")
def server_of(server: Target, worker_folder: Path) -> Iterator[Callable[[Installation], Target]]:
    """`server_of(installation)` is a server of that version, started when a test first asks for it."""
    running = {installations()[0].version: server} if server.source == TEST_SERVER else {}
    with contextlib.ExitStack() as stack:

        def start(installation: Installation) -> Target:
            folder = worker_folder / f"server{installation.version}"
            if installation.version not in running:
                running[installation.version] = stack.enter_context(running_server(installation, folder))
            return running[installation.version]

        yield start


@pytest.fixture(params=installations(), ids=lambda installation: f"PostgreSQL {installation.version}")
def any_server(request: pytest.FixtureRequest, server_of: Callable[[Installation], Target]) -> Target:
    """A server of each version that this machine has."""
    return server_of(request.param)


@pytest.fixture(scope="session")
def worker_folder() -> Iterator[Path]:
    """A folder of this test process, short enough for sockets and open to the server's account."""
    folder = Path(tempfile.mkdtemp(prefix="anest-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: Target) -> str:
    """The name of a database at head, to be copied."""
    lock = Path(tempfile.gettempdir()) / f"anest-template-{os.getuid()}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with session(server) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,))
            if cursor.fetchone() is None:
                cursor.execute(statement("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name(TEMPLATE)))
        upgrade(server.with_database(TEMPLATE), migrations_folder())
    return TEMPLATE


@pytest.fixture
def empty_database(server: Target) -> Iterator[Target]:
    """A database with nothing in it."""
    with new_database(server, "template0") as target:
        yield target


@pytest.fixture
def database(server: Target, template: str) -> Iterator[Target]:
    """A database at head, without rows."""
    with new_database(server, template) as target:
        yield target


@pytest.fixture
def deployed_database(empty_database: Target) -> Target:
    """A database as the platform deployed it, with its rows, some of them dirty."""
    execute(
        empty_database, (FIXTURES / "deployed_schema.sql").read_text(), (FIXTURES / "deployed_rows.sql").read_text()
    )
    return empty_database


@pytest.fixture
def absent_database(server: Target) -> Iterator[Target]:
    """The name of a database that does not exist yet."""
    target = server.with_database(f"absent_{secrets.token_hex(6)}")
    yield target
    execute(server, f"DROP DATABASE IF EXISTS {target.database} WITH (FORCE)")


@contextlib.contextmanager
def new_database(server: Target, template: str) -> Iterator[Target]:
    """A copy of the template, dropped at the end."""
    target = server.with_database(f"test_{secrets.token_hex(6)}")
    with session(server) as connection, connection.cursor() as cursor:
        # Copying files, and not pages through the log, takes half of the time where no file waits for a disk.
        strategy = "STRATEGY file_copy" if connection.server_version >= 150000 else ""
        cursor.execute(f"CREATE DATABASE {target.database} TEMPLATE {template} {strategy}")
    yield target
    execute(server, f"DROP DATABASE IF EXISTS {target.database} WITH (FORCE)")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The program, in an empty folder, with no database named and an unused home."""
    return Cli(clean_environment() | {"ALPHANEST_HOME": str(tmp_path / "home")}, tmp_path)


@pytest.fixture
def on(cli: Cli) -> "On":
    """`on(target)` is the program with DATABASE_URL set to the target."""
    return On(cli)


class On:
    """Gives the program a database."""

    def __init__(self, cli: Cli) -> None:
        self._cli = cli

    def __call__(self, target: Target) -> Cli:
        url = target.url(show_password=True)
        return Cli(self._cli.environ | {"DATABASE_URL": url}, self._cli.folder)
