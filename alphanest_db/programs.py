"""PostgreSQL's own programs: found, and run without a secret in their arguments."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from alphanest_db.database.connect import connect
from alphanest_db.database.embedded.binaries import wheel_programs
from alphanest_db.database.target import Target
from alphanest_db.errors import ProgramFailed, ProgramNotFound

PSQL_UNREACHABLE = 2

_ENVIRONMENT_NAMES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT",
    "options": "PGOPTIONS", "application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE", "channel_binding": "PGCHANNELBINDING", "target_session_attrs": "PGTARGETSESSIONATTRS",
    "passfile": "PGPASSFILE", "service": "PGSERVICE", "client_encoding": "PGCLIENTENCODING",
}  # fmt: skip


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


def client_environment(target: Target, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which libpq programs connect to the target; other PG* variables of the caller are left out.

    The environment of a process is readable by its own user alone; its arguments are readable by everybody.
    """
    kept = {key: value for key, value in environ.items() if key not in _ENVIRONMENT_NAMES.values()}
    parameters = {"application_name": "alphanest psql", **target.libpq_parameters()}
    return kept | {_ENVIRONMENT_NAMES[key]: value for key, value in parameters.items() if key in _ENVIRONMENT_NAMES}


def run_psql(
    target: Target, environ: Mapping[str, str], *, command: str | None = None, file: Path | None = None
) -> None:
    """Run psql on this terminal, and wait for it; Ctrl-C is psql's own business. A command or file stops at its first error.

    Raises ProgramNotFound, DatabaseUnreachable, and ProgramFailed where psql ended with an error.
    """
    program = find_program("psql")
    scripted = command is not None or file is not None
    arguments = ["--set=ON_ERROR_STOP=1"] if scripted else []
    arguments += ["--command", command] if command is not None else []
    arguments += ["--file", str(file)] if file is not None else []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(
            [str(program), *arguments], env=client_environment(target, environ), preexec_fn=_default_interrupt
        )
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    if code == PSQL_UNREACHABLE:
        connect(target).close()  # says why, in our own words
    if code:
        raise ProgramFailed(f"psql ended with exit code {code}", code)


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _major_version(path: Path) -> int:
    version = path.parent.parent.name
    return int(version) if version.isdigit() else 0
