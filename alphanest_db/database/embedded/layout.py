"""Where the embedded server keeps what, and who may enter."""

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.errors import EmbeddedServerError

# For root, where the server's account cannot enter ALPHANEST_HOME (a home below /root): nothing of others is ever widened.
REACHABLE_FOR_ROOT = Path("/var/lib/alphanest")
# sun_path holds 108 bytes on Linux and 104 on macOS, the terminating zero included (unix(7)).
LONGEST_SOCKET_PATH = 103
_OUR_NAMES = frozenset({"server.lock", "server.password", "logs", "backups", "postgresql", "programs", "servers"})


@dataclass(frozen=True)
class Layout:
    """The paths of one embedded server."""

    home: Path
    folder: Path
    programs: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    @property
    def pid_file(self) -> Path:
        """What the running server says of itself."""
        return self.data / "postmaster.pid"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops the server."""
        return self.home / "server.lock"

    @property
    def password(self) -> Path:
        """The password, readable by the caller alone."""
        return self.home / "server.password"

    @property
    def socket_folder(self) -> Path:
        """The folder of the socket: beside the data, or in the system's temporary folder where that path is too long."""
        beside = self.folder / "run"
        if len(os.fsencode(beside / ".s.PGSQL.65535")) <= LONGEST_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"alphanest-{digest}"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; the operating system frees it when the process ends, however it ends."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.lock.open("a") as file:
            self.lock.chmod(0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def layout_of(home: Path, account: Account) -> Layout:
    """The layout under `home`, or, for root, elsewhere if the server's account cannot enter `home`."""
    if (home / "postgresql").exists() or account.name is None:
        return Layout(home, home / "postgresql", home / "programs")
    _make_home_passable(home)
    if account.can_enter(home):
        return Layout(home, home / "postgresql", home / "programs")
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Layout(home, REACHABLE_FOR_ROOT / "servers" / digest, REACHABLE_FOR_ROOT / "programs")


def make_private_folder(path: Path, account: Account) -> None:
    """Make a folder that only the account (and root) may enter.

    Raises EmbeddedServerError where something else is there under that name, such as another user's folder.
    """
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in (os.geteuid(), account.uid):
            raise EmbeddedServerError(f"{path} belongs to somebody else", "Move it away, or set ALPHANEST_HOME.")
        path.chmod(0o700)
        account.own(path)
    except OSError as error:
        raise EmbeddedServerError(
            f"cannot make {path}: {error.strerror}", "Set ALPHANEST_HOME to a folder of yours."
        ) from error


def make_parents(layout: Layout) -> None:
    """Make the folders above the server's own; those for root let its account pass through, and nobody list them."""
    try:
        layout.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if layout.folder.parent != layout.home:
            for folder in (REACHABLE_FOR_ROOT, layout.folder.parent):
                folder.mkdir(mode=0o711, parents=True, exist_ok=True)
                folder.chmod(0o711)
    except OSError as error:
        raise EmbeddedServerError(
            f"cannot make {error.filename or layout.home}: {error.strerror}", "Set ALPHANEST_HOME to a folder of yours."
        ) from error


def _make_home_passable(home: Path) -> None:
    """ALPHANEST_HOME is ours where we made it or nothing but ours is in it; only then its mode is."""
    try:
        if not home.exists():
            home.mkdir(mode=0o711, parents=True, exist_ok=True)
            home.chmod(0o711)
        elif home.stat().st_uid == os.geteuid() and all(path.name in _OUR_NAMES for path in home.iterdir()):
            home.chmod(stat.S_IMODE(home.stat().st_mode) | 0o011)
    except OSError as error:
        raise EmbeddedServerError(
            f"cannot use {home}: {error.strerror}", "Set ALPHANEST_HOME to another folder."
        ) from error
