"""Who is at work, for what is kept."""

import getpass
import os
import socket


def whoever_runs_this() -> str:
    """The name that is kept with what was found: `user@host`, the user's number where it has no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
