"""psql on this terminal, without a secret in its arguments."""

import contextlib
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, InvalidInput, ProgramFailed, ProgramNotFound, UnreachableReason
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client, find_program, major_version

PSQL_LOST_CONNECTION = 2


def run_psql(
    target: Target,
    environ: Mapping[str, str],
    *,
    command: str | None = None,
    file: Path | None = None,
    interactive: bool = False,
    timeout_seconds: int = 10,
) -> None:
    """Run psql, and wait for it. A command, a file, and a script on standard input stop at their first error.

    `interactive` says that a person at a terminal types the statements. Ctrl-C is psql's own business then, and ends no more
    than a statement. Raises ProgramNotFound, DatabaseUnreachable, ProgramFailed where psql ended with an error, and
    KeyboardInterrupt where a script was interrupted.
    """
    if file is not None and str(file) != "-" and not file.is_file():
        raise InvalidInput(f"there is no file {file}", "Name an existing file with --file.")
    program = _find_psql(target, timeout_seconds)
    scripted = command is not None or file is not None or not interactive
    arguments = ["--set=ON_ERROR_STOP=1", "--no-psqlrc"] if scripted else []
    arguments += ["--command", command] if command is not None else []
    arguments += ["--file", str(file)] if file is not None else []
    environment = client_environment(target, environ, timeout_seconds=timeout_seconds)
    code, interrupted = _run_interruptible([str(program), *arguments], environment)
    if scripted and interrupted and code:
        raise KeyboardInterrupt
    if code == PSQL_LOST_CONNECTION:
        raise DatabaseUnreachable(
            target.host, UnreachableReason.other, "psql lost its connection to the server", "Try again."
        )
    if code:
        raise ProgramFailed(f"psql ended with exit code {code}", code)


def _find_psql(target: Target, timeout_seconds: int) -> Path:
    """The psql that knows the server's catalog, else any: an older one fails only at its commands, such as `\\l`.

    Connects first, which says in our own words why that fails.
    """
    with contextlib.closing(connect(target, timeout_seconds=timeout_seconds)) as connection:
        version, needs_tls = major_version(connection.server_version), bool(connection.info.ssl_in_use)
    try:
        return find_client("psql", version, needs_tls=needs_tls).path
    except ProgramNotFound:
        return find_program("psql")


def _run_interruptible(arguments: list[str], environment: Mapping[str, str]) -> tuple[int, bool]:
    """The exit code, and whether somebody interrupted: a SIGINT of ours goes to the child, which decides what it means."""
    children: list[subprocess.Popen[bytes]] = []
    interrupts: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        interrupts.append(number)
        for child in children:
            child.send_signal(number)

    before = signal.signal(signal.SIGINT, forward)
    watcher = signal.set_wakeup_fd(-1)  # whoever ends this process on Ctrl-C must not do it now
    try:
        children.append(subprocess.Popen(arguments, env=environment))
        return children[0].wait(), bool(interrupts)
    finally:
        signal.set_wakeup_fd(watcher, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, before)
