"""What the running server says of itself, and whether it is really there."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from alphanest_db.database.embedded.layout import Layout


@dataclass(frozen=True)
class Postmaster:
    """The first lines of postmaster.pid (PostgreSQL's miscadmin.h); `tcp_address` is empty without TCP."""

    pid: int
    started_at: datetime
    port: int
    socket_folder: Path
    tcp_address: str

    @property
    def socket(self) -> Path:
        """The socket that clients connect to."""
        return self.socket_folder / f".s.PGSQL.{self.port}"

    def answers(self) -> bool:
        """True where somebody listens on the socket; costs well under a millisecond."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.socket))
            except OSError:
                return False
            return True


def find_postmaster(layout: Layout) -> Postmaster | None:
    """What the pid file says, or None where there is none; the server may be starting, or gone."""
    try:
        lines = layout.pid_file.read_text().splitlines()
        return Postmaster(
            pid=int(lines[0]),
            started_at=datetime.fromtimestamp(int(lines[2]), UTC),
            port=int(lines[3]),
            socket_folder=Path(lines[4]),
            tcp_address=lines[5].strip() if len(lines) > 5 else "",
        )
    except (OSError, ValueError, IndexError):
        return None


def is_running(layout: Layout) -> bool:
    """True where a process has the data folder as its working folder, as every process of a PostgreSQL server does.

    The number in the pid file alone proves nothing: after a crash it can belong to anybody.
    """
    try:
        pid = int(layout.pid_file.read_text().split("\n", 1)[0])
        return Path(psutil.Process(pid).cwd()) == layout.data.resolve()
    except (OSError, ValueError, psutil.Error):
        return False
