"""Homes for embedded servers, and what can happen to them."""

import atexit
import contextlib
import functools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from alphanest_db.database.embedded.account import server_account
from alphanest_db.database.embedded.folders import REACHABLE_FOR_ROOT
from alphanest_db.database.embedded.layout import Layout, short_name_of
from alphanest_db.database.embedded.server import start, stop
from alphanest_db.database.target import Target
from tests.conftest import ROOT, Cli, Result, clean_environment
from tests.left_overs import watch_elsewhere
from tests.servers import execute, fetch

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can do this")
# As in a pipeline, where the embedded server must be asked for.
ASKED_FOR = {"CI": "true", "ALPHANEST_EMBEDDED": "1"}


def _is_postmaster(process: psutil.Process, others: set[int]) -> bool:
    with contextlib.suppress(psutil.Error):  # it may end at any moment
        return process.info["name"] == "postgres" and process.ppid() not in others
    return False


class Home:
    """An ALPHANEST_HOME, and the program with it."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.folder = folder
        watch_elsewhere(*self._beside())
        self.cli = Cli(clean_environment() | ASKED_FOR | {"ALPHANEST_HOME": str(path)}, folder)

    def __call__(self, *arguments: str, **environ: str) -> Result:
        """Run a command of `alphanest server`."""
        return self.cli("server", *arguments, **environ)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command of `alphanest server`, and do not wait."""
        return self.cli.start("server", *arguments)

    def started(self, *, port: int | None = None) -> int:
        """Start the server as the program does, in this process; the number of its own."""
        pid = start(self.path, port=port).pid
        assert pid is not None
        return pid

    def stopped(self) -> bool:
        """Stop the server as the program does, in this process."""
        return stop(self.path).was_running

    @property
    def data(self) -> Path:
        """The data folder, where it is beside the lock."""
        return self.path / "postgresql" / "data"

    @property
    def password_file(self) -> Path:
        """The file with the password."""
        return self.path / "server.password"

    def target(self) -> Target:
        """The running server's own database, through the socket."""
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        return Target(lines[4], int(lines[3]), "alphanest", "postgres", self.password_file.read_text())

    def keep(self, number: int) -> None:
        """Commit a row that must never be lost."""
        execute(self.target(), "CREATE TABLE IF NOT EXISTS kept (number int)", f"INSERT INTO kept VALUES ({number})")

    def kept(self) -> list[object]:
        """The committed rows."""
        return [row[0] for row in fetch(self.target(), "SELECT number FROM kept ORDER BY number")]

    def processes(self) -> list[psutil.Process]:
        """Every process of a PostgreSQL that works for this home."""
        return [process for process in psutil.process_iter(["name"]) if self._has(process)]

    def _has(self, process: psutil.Process) -> bool:
        if process.info["name"] not in ("postgres", "initdb"):
            return False
        with contextlib.suppress(psutil.Error):
            words = [process.cwd(), *process.cmdline()]
            return any(str(folder) in word for word in words for folder in (self.path, self.elsewhere.folder))
        return False

    @property
    def elsewhere(self) -> Layout:
        """Where root's server is if its account cannot enter the home."""
        folder = REACHABLE_FOR_ROOT / "servers" / short_name_of(self.path)
        return Layout(self.path, folder, REACHABLE_FOR_ROOT / "programs")

    def servers(self) -> list[int]:
        """The postmasters among them."""
        found = self.processes()
        pids = {process.pid for process in found}
        return [process.pid for process in found if _is_postmaster(process, pids)]

    def clear(self) -> None:
        """End what still runs, and remove what is not below the test's own folder."""
        for server in self.servers():  # killed, it would leave its shared memory in /dev/shm
            with contextlib.suppress(OSError):
                os.kill(server, signal.SIGQUIT)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.processes(), seconds=2)
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait_until(lambda: not self.processes())
        for path in self._beside():
            shutil.rmtree(path, ignore_errors=True)

    def _beside(self) -> Sequence[Path]:
        return self.elsewhere.folder, Path("/tmp") / f"alphanest-{short_name_of(self.data.parent)}"


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder with a short path that others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ae-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def new_home(path: Path, folder: Path) -> Iterator[Home]:
    """A home under that path; its server is ended, and what it made elsewhere removed."""
    home = Home(path, folder)
    try:
        yield home
    finally:
        home.clear()


@contextlib.contextmanager
def made_home(path: Path, folder: Path) -> Iterator[Home]:
    """A home whose server was made, and is stopped: a copy, which is quicker than a first start."""
    _checked("cp", "-a", str(_template()), str(path))
    with new_home(path, folder) as home:
        yield home


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ae-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    home = Home(folder / "home", folder)
    home.started()
    home.stopped()
    return home.path


@contextlib.contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Callable[[int], None]]:
    """A small disk of its own, mounted there; gives what makes it larger. Skips where nothing may be mounted."""
    path.mkdir(exist_ok=True)
    size = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(path)]
    if not IS_ROOT or not shutil.which("mount") or subprocess.run(size, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield lambda more: _checked("mount", "-o", f"remount,size={more}m", str(path))
    finally:
        _checked("umount", "--lazy", str(path))


def _checked(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def wait_until(is_so: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@contextlib.contextmanager
def stranger() -> Iterator[int]:
    """A live process of the server's account that has nothing to do with it."""
    process = server_account().start(["sleep", "600"], Path("/dev/null"))
    try:
        yield process.pid
    finally:
        process.kill()
        process.communicate()


def kill(process: int) -> None:
    """Kill a process, and wait until it is gone."""
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE)


def modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owners of the paths and of all folders above them."""
    all_paths = {parent for path in paths for parent in (path, *path.parents)}
    return {path: (info.st_mode, info.st_uid, info.st_gid) for path in all_paths for info in [path.stat()]}


def contents(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Everything in a folder, to see whether anything changes."""
    return {
        path: (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def can_as(user: str, action: Callable[[], object]) -> bool:
    """True where that user can do it."""
    entry = pwd.getpwnam(user)
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            action()
            code = 0
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def interpreter_for(user: str) -> tuple[Sequence[str], dict[str, str]]:
    """A Python that the user may run, and the environment in which it finds the program. Skips where there is none."""
    paths = {"PYTHONPATH": os.pathsep.join((str(ROOT), sysconfig.get_path("platlib")))}
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{python}", f"/usr/local/bin/{python}"):
        command = [candidate, "-c", "import alphanest_db.database.embedded.server"]
        with contextlib.suppress(OSError):
            if not subprocess.run(command, env=paths, cwd="/", user=user, capture_output=True, check=False).returncode:
                return [candidate], paths
    pytest.skip(f"{user} can run no Python with the program's libraries")
