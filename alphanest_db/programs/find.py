"""Where PostgreSQL's own programs are: on PATH, where systems and Homebrew put them, or in the wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alphanest_db.database.embedded.binaries import wheel_programs
from alphanest_db.errors import ProgramNotFound

# The folder above bin ends with the major version.
SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_WHEEL_VERSIONS = (16, 18)
_ASK_SECONDS = 10
_VERSIONS_PER_MAJOR = 10_000


@dataclass(frozen=True)
class Client:
    """A program of PostgreSQL; `version` is the major one. Without `has_tls` it cannot speak to a server over TLS."""

    path: Path
    version: int
    has_tls: bool

    def exact_version(self) -> str:
        """What it says that it is, such as 18.4; empty where it says nothing that we understand."""
        done = subprocess.run(
            [self.path, "--version"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
        )
        said = re.search(r"\) (\d\S*)", done.stdout)
        return said[1] if said else ""


def major_version(server_version: int) -> int:
    """The major version in libpq's number.

    >>> major_version(150018)
    15
    """
    return server_version // _VERSIONS_PER_MAJOR


def find_program(name: str) -> Path:
    """Where the program is, of whatever version: on PATH, else the newest of the system's, else the wheel's.

    Raises ProgramNotFound.
    """
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    of_system = sorted(_of_system(name, SYSTEM_PLACES), key=lambda client: -client.version)
    for candidate in (*of_system, *reversed(list(_of_wheel(name)))):
        return candidate.path
    raise ProgramNotFound(f"{name} was not found", "Install PostgreSQL's client programs (postgresql-client).")


def find_client(
    name: str, server_version: int, *, needs_tls: bool = False, places: Sequence[str] = SYSTEM_PLACES
) -> Client:
    """The program of the lowest major version that is not older than the server's: an older one refuses to work with it.

    Of two of the same version the system's is taken, which gets security updates and speaks TLS; the wheel's does not.
    Raises ProgramNotFound, which says what to install.
    """
    of_wheel, of_system = list(_of_wheel(name)), list(_of_system(name, places))
    known = [*of_wheel, *of_system]
    if not any(client.version == server_version and client.has_tls >= needs_tls for client in known):
        known = [*of_wheel, *_on_path(name), *of_system]  # the one on PATH has to be asked for its version
    fitting = {c.version: c for c in known if c.version >= server_version and c.has_tls >= needs_tls}
    if not fitting:
        raise _not_found(name, server_version, needs_tls, known)
    return fitting[min(fitting)]


def _not_found(name: str, server_version: int, needs_tls: bool, known: Sequence[Client]) -> ProgramNotFound:
    tls = " with TLS, which this connection uses" if needs_tls else ""
    found = ", ".join(sorted({f"{client.version} ({client.path})" for client in known}))
    return ProgramNotFound(
        f"there is no {name} of version {server_version} or newer{tls}" + (f"; found: {found}" if found else ""),
        f"Install PostgreSQL's client programs: postgresql-client-{server_version} of Debian and Ubuntu (apt.postgresql.org), "
        f"postgresql{server_version} of yum.postgresql.org, or `brew install postgresql@{server_version}`.",
    )


def _on_path(name: str) -> Iterator[Client]:
    path = shutil.which(name)
    if path is None or "pg_wrapper" in Path(path).resolve().name:  # Debian's, which takes another one at each call
        return
    found = Client(Path(path), 0, has_tls=True)
    if version := re.match(r"\d+", found.exact_version()):
        yield replace(found, version=int(version[0]))


def _of_wheel(name: str) -> Iterator[Client]:
    for version in _WHEEL_VERSIONS:
        if folder := wheel_programs(version):
            yield Client(folder / name, version, has_tls=False)


def _of_system(name: str, places: Sequence[str]) -> Iterator[Client]:
    for place in places:
        for folder in Path("/").glob(place.lstrip("/")):
            version = re.search(r"(\d+)$", folder.parent.name)
            if version and os.access(folder / name, os.X_OK):
                yield Client(folder / name, int(version[1]), has_tls=True)
