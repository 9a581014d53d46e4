"""The schema of a database, as the fitting pg_dump writes it."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from alphanest_db.database.admin import SCHEMA
from alphanest_db.database.embedded.binaries import wheel_programs
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout, ProgramFailed, ProgramNotFound, Refused
from alphanest_db.programs import client_environment
from alphanest_db.redact import hide_secrets

_PROGRAM = "pg_dump"
_WHEEL_VERSIONS = (16, 18)
_LOCK_WAIT_SECONDS = 10
# Alembic's table and our own schema come and go with the tools, not with the migrations.
_OPTIONS = (
    "--format=custom", "--schema-only", "--no-password", "--encoding=UTF8",
    f"--lock-wait-timeout={_LOCK_WAIT_SECONDS}s", "--exclude-table=*.alembic_version", f"--exclude-schema={SCHEMA}",
)  # fmt: skip


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
        f"there is no {_PROGRAM} of version {server_version} or newer",
        f"Install PostgreSQL's client programs (postgresql-client-{server_version}).",
    )


def dump_schema(target: Target, program: Path, environ: Mapping[str, str], *, timeout_seconds: int = 10) -> bytes:
    """An archive of the target's schema; locks every table against DDL for a moment (ACCESS SHARE).

    Raises Refused where the role may not read a table, LockTimeout, and ProgramFailed.
    """
    environment = client_environment(target, environ, timeout_seconds=timeout_seconds)
    environment |= {"PGAPPNAME": "alphanest drift", "LC_ALL": "C"}
    done = subprocess.run([str(program), *_OPTIONS], env=environment, capture_output=True, check=False)
    if done.returncode:
        raise _failed(target, done.stderr.decode("utf-8", "replace"), done.returncode)
    return done.stdout


def _failed(target: Target, stderr: str, code: int) -> ProgramFailed | Refused | LockTimeout:
    said = next((line for line in stderr.splitlines() if "error:" in line), stderr.strip())
    said = hide_secrets(said.partition("error: ")[2] or said, target.password)
    if "permission denied" in said:
        return Refused(
            f"the schema cannot be read: {said}", "Connect as the owner, or as a role that may read all tables."
        )
    if "lock timeout" in said:
        return LockTimeout(
            f"a table was not free for {_LOCK_WAIT_SECONDS} s: {said}", "Is somebody migrating? Try again."
        )
    return ProgramFailed(f"{_PROGRAM} failed: {said}", code)


def _on_path() -> Iterator[tuple[int, Path]]:
    path = shutil.which(_PROGRAM)
    if path:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if version := re.search(r"\) (\d+)", said):
            yield int(version[1]), Path(path)


def _of_wheel() -> Iterator[tuple[int, Path]]:
    for version in _WHEEL_VERSIONS:
        if folder := wheel_programs(version):
            yield version, folder / _PROGRAM


def _of_system(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in folder.glob(f"*/bin/{_PROGRAM}"):
        version = path.parent.parent.name
        if version.isdigit():
            yield int(version), path
