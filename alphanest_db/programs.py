"""PostgreSQL's own programs: found, and run without a secret in their arguments."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from alphanest_db.database.connect import connect
from alphanest_db.database.embedded.binaries import wheel_programs
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseUnreachable, InvalidInput, ProgramFailed, ProgramNotFound, UnreachableReason

PSQL_LOST_CONNECTION = 2
_PG_DUMP = "pg_dump"
_WHEEL_VERSIONS = (16, 18)

_ENVIRONMENT_NAMES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "passfile": "PGPASSFILE", "require_auth": "PGREQUIREAUTH",
    "channel_binding": "PGCHANNELBINDING", "service": "PGSERVICE", "options": "PGOPTIONS",
    "application_name": "PGAPPNAME", "sslmode": "PGSSLMODE", "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcompression": "PGSSLCOMPRESSION", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcertmode": "PGSSLCERTMODE",
    "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR", "sslsni": "PGSSLSNI",
    "requirepeer": "PGREQUIREPEER", "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION", "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB", "gssdelegation": "PGGSSDELEGATION", "connect_timeout": "PGCONNECT_TIMEOUT",
    "client_encoding": "PGCLIENTENCODING", "target_session_attrs": "PGTARGETSESSIONATTRS",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
}  # fmt: skip
# Where to, as whom and with which settings is the target's business alone; how safely is the caller's too (PGSSLMODE, …).
_STEERING = frozenset(
    {
        "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS",
        "PGAPPNAME", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS",
    }
)  # fmt: skip


def find_program(name: str) -> Path:
    """Where the program is: on PATH, under /usr/lib/postgresql, or in the wheel.

    Raises ProgramNotFound.
    """
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major_version, reverse=True)
    wheel = wheel_programs()
    for candidate in (*versions, *([wheel / name] if wheel else [])):
        if os.access(candidate, os.X_OK):
            return candidate
    raise ProgramNotFound(f"{name} was not found", "Install PostgreSQL's client programs (postgresql-client).")


def find_pg_dump(server_version: int, *, system: Path = Path("/usr/lib/postgresql")) -> Path:
    """The oldest pg_dump that is not older than the server's major version: an older one refuses, a newer one can read it.

    Raises ProgramNotFound.
    """
    for programs in (
        (*_of_wheel(), *_of_system(system)),
        _on_path(),
    ):  # the one on PATH has to be asked for its version
        fitting = {version: path for version, path in programs if version >= server_version}
        if fitting:
            return fitting[min(fitting)]
    raise ProgramNotFound(
        f"there is no {_PG_DUMP} of version {server_version} or newer",
        f"Install PostgreSQL's client programs (postgresql-client-{server_version}).",
    )


def client_environment(target: Target, environ: Mapping[str, str], *, timeout_seconds: int = 10) -> dict[str, str]:
    """The environment in which libpq programs connect to the target, whatever PGHOST and the like of the caller say.

    The environment of a process is readable by its own user alone; its arguments are readable by everybody.
    """
    kept = {key: value for key, value in environ.items() if key not in _STEERING}
    parameters = {"application_name": "alphanest psql", "connect_timeout": str(timeout_seconds)}
    parameters |= target.libpq_parameters()
    return kept | {_ENVIRONMENT_NAMES[key]: value for key, value in parameters.items() if key in _ENVIRONMENT_NAMES}


def run_psql(
    target: Target,
    environ: Mapping[str, str],
    *,
    command: str | None = None,
    file: Path | None = None,
    timeout_seconds: int = 10,
) -> None:
    """Run psql on this terminal, and wait for it. A command or file stops at its first error.

    Ctrl-C is psql's own business, and ends no more than a statement of an open shell.
    Raises ProgramNotFound, DatabaseUnreachable, ProgramFailed where psql ended with an error, and KeyboardInterrupt where a
    command or file was interrupted.
    """
    if file is not None and str(file) != "-" and not file.is_file():
        raise InvalidInput(f"there is no file {file}", "Name an existing file with --file.")
    program = find_program("psql")
    scripted = command is not None or file is not None
    arguments = ["--set=ON_ERROR_STOP=1", "--no-psqlrc"] if scripted else []
    arguments += ["--command", command] if command is not None else []
    arguments += ["--file", str(file)] if file is not None else []
    connect(target, timeout_seconds=timeout_seconds).close()  # says in our own words why that fails
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


def _major_version(path: Path) -> int:
    version = path.parent.parent.name
    return int(version) if version.isdigit() else 0


def _on_path() -> Iterator[tuple[int, Path]]:
    path = shutil.which(_PG_DUMP)
    if path:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if version := re.search(r"\) (\d+)", said):
            yield int(version[1]), Path(path)


def _of_wheel() -> Iterator[tuple[int, Path]]:
    for version in _WHEEL_VERSIONS:
        if folder := wheel_programs(version):
            yield version, folder / _PG_DUMP


def _of_system(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in folder.glob(f"*/bin/{_PG_DUMP}"):
        version = path.parent.parent.name
        if version.isdigit():
            yield int(version), path
