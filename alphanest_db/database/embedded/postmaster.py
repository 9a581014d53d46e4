"""What the running server says of itself."""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.database.embedded.layout import Layout


@dataclass(frozen=True)
class Postmaster:
    """The lines of postmaster.pid (PostgreSQL's miscadmin.h); `tcp_address` is empty without TCP."""

    pid: int
    started_at: datetime
    port: int
    socket_folder: Path
    tcp_address: str
    status: str

    @property
    def socket(self) -> Path:
        """The socket that clients connect to."""
        return self.socket_folder / f".s.PGSQL.{self.port}"

    @property
    def tcp_port(self) -> int | None:
        """The port on 127.0.0.1, None without TCP."""
        return self.port if self.tcp_address else None

    def listens_on(self, port: int | None) -> bool:
        """True where that TCP port is open, or none is asked for."""
        return port in (None, self.tcp_port)

    def answers(self) -> bool:
        """True where the server takes sessions and somebody listens on the socket; costs well under a millisecond."""
        if self.status != "ready":
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.socket))
            except OSError:
                return False
            return True


def read_pid(layout: Layout) -> int | None:
    """The number in the pid file, which after a crash can belong to anybody."""
    try:
        return abs(int(layout.pid_file.read_bytes().split(b"\n", 1)[0]))  # negative in single-user mode
    except (OSError, ValueError):
        return None


def find_postmaster(layout: Layout) -> Postmaster | None:
    """What the pid file says, or None where there is none of this data folder; the server may be starting, or gone."""
    try:
        lines = os.fsdecode(layout.pid_file.read_bytes()).splitlines()
        if lines[1] != str(layout.data):  # a copy of another home: its sessions must not end there
            return None
        return Postmaster(
            pid=int(lines[0]),
            started_at=datetime.fromtimestamp(int(lines[2]), UTC),
            port=int(lines[3]),
            socket_folder=Path(lines[4]),
            tcp_address=lines[5].strip(),
            status=lines[7].strip(),
        )
    except (OSError, ValueError, IndexError, OverflowError):
        return None


def has_programs(layout: Layout) -> bool:
    """False where the program that the server runs was removed, and with it the libraries that it loads when it needs them."""
    try:
        program = (layout.data / "postmaster.opts").read_bytes().partition(b' "')[0]
    except OSError:
        return True
    return not program.startswith(b"/") or os.path.exists(program.strip())  # noqa: PTH110 - bytes, as the file has them


def find_answering(layout: Layout) -> Postmaster | None:
    """The server, if it runs and takes sessions."""
    postmaster = find_postmaster(layout)
    return postmaster if postmaster and postmaster.answers() else None
