"""How the answers of `alphanest server` look."""

from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View

if TYPE_CHECKING:
    from alphanest_db.database.embedded.server import ServerStatus, Stopped


def status_view(status: "ServerStatus") -> View:
    """What the server is doing."""
    rows = [
        ("state", "running" if status.running else "stopped"),
        ("version", f"PostgreSQL {status.version}"),
        ("process", str(status.pid or "")),
        ("since", status.started_at),
        ("socket", str(status.socket_folder)),
        ("port", f"127.0.0.1:{status.port}" if status.port else "none: the socket only"),
        ("data", str(status.data)),
        ("log", str(status.log)),
        ("password", str(status.password_file)),
    ]
    return [Grid(("what", "value"), rows)]


def stopped_view(stopped: "Stopped") -> View:
    """Whether there was anything to stop."""
    return [Lines(["stopped the embedded server" if stopped.was_running else "the embedded server was not running"])]
