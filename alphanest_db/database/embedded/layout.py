"""Where the embedded server keeps what."""

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.errors import EmbeddedServerError

# sun_path holds 108 bytes on Linux and 104 on macOS, the terminating zero included (unix(7)).
LONGEST_SOCKET_PATH = 103
# Not what TMPDIR says: that differs between the shells of one user, and can be closed or long itself.
_SHORT_FOLDER = Path("/tmp")  # noqa: S108  # the folder in it is private, and refused where it belongs to others
_LOCK_SECONDS = 600
_POLL_SECONDS = 0.05


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
        """The folder of the socket: beside the data, or under /tmp where clients could not name that one."""
        beside = self.folder / "run"
        return beside if _fits_a_client(beside) else _SHORT_FOLDER / f"alphanest-{short_name_of(self.folder)}"

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the lock, and give its file descriptor; the operating system frees it when all who have it have ended.

        Raises EmbeddedServerError where it is not free within ten minutes.
        """
        with self.lock.open("a") as file:
            self.lock.chmod(0o600)
            deadline = time.monotonic() + _LOCK_SECONDS
            while not _taken(file.fileno()):
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"another alphanest has held {self.lock} for ten minutes",
                        "Look with `ps` which one hangs, and end it.",
                    )
                time.sleep(_POLL_SECONDS)
            yield file.fileno()


def short_name_of(path: Path) -> str:
    """A name for the path that is short, always the same, and no other path's."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _fits_a_client(folder: Path) -> bool:
    """Short enough; without a comma, after which libpq expects another host; and in UTF-8, as psycopg2 hands it on."""
    encoded = os.fsencode(folder / ".s.PGSQL.65535")
    is_utf8 = os.fsencode(folder) == str(folder).encode("utf-8", "surrogatepass")
    return is_utf8 and b"," not in encoded and len(encoded) <= LONGEST_SOCKET_PATH


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
