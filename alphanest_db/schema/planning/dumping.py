"""The target's schema as SQL, by a pg_dump that knows its server."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.embedded.binaries import wheel_programs
from alphanest_db.database.target import Target
from alphanest_db.errors import ProgramFailed, ProgramNotFound
from alphanest_db.programs import client_environment

TIMEOUT_SECONDS = 300
_OPTIONS = (
    "--schema-only", "--no-owner", "--no-privileges", "--no-tablespaces", "--no-publications", "--no-subscriptions",
    "--no-security-labels", "--encoding=UTF8", "--lock-wait-timeout=5s", "--no-password",
)  # fmt: skip
# Meant for psql, which we do without; and a setting that a server before 17 does not know.
_FOR_PSQL = re.compile(r"^\\(?:un)?restrict \w+$", re.M)
_NEWER_SETTING = re.compile(r"^SET transaction_timeout = 0;$", re.M)
TRANSACTION_TIMEOUT_SINCE = 170000


def dump_schema(target: Target, server_version: int, environ: Mapping[str, str]) -> str:
    """The statements that make the target's schema, without owners and rights; takes ACCESS SHARE on its tables for a moment.

    Raises ProgramNotFound where there is no pg_dump that is new enough, and ProgramFailed.
    """
    command = [str(find_dump_program(server_version // 10000)), *_OPTIONS]
    done = subprocess.run(
        command, env=client_environment(target, environ), stdin=subprocess.DEVNULL, capture_output=True,
        timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ProgramFailed(f"pg_dump failed: {said[0] if said else 'it gave no reason'}", done.returncode)
    return done.stdout.decode("utf-8")


def restore_schema(connection: Connection, dump: str) -> None:
    """Run the dump's statements on an empty database, all or none; psql, and with it any command for the shell, has no part.

    The connection must be in autocommit mode. Raises psycopg2's errors.
    """
    text = _FOR_PSQL.sub("", dump)
    if connection.server_version < TRANSACTION_TIMEOUT_SINCE:
        text = _NEWER_SETTING.sub("", text, count=1)
    with connection.cursor() as cursor:
        cursor.execute(text)


def find_dump_program(major_version: int) -> Path:
    """The oldest pg_dump that is not older than the server: on PATH, under /usr/lib/postgresql, in the wheel.

    Raises ProgramNotFound.
    """
    found = {version: path for path in _candidates() if (version := _version_of(path)) >= major_version}
    if not found:
        raise ProgramNotFound(
            f"there is no pg_dump for PostgreSQL {major_version} here", "Install PostgreSQL's client programs of that version."
        )  # fmt: skip
    return found[min(found)]


def _candidates() -> list[Path]:
    on_path = shutil.which("pg_dump")
    wheels = [folder / "pg_dump" for version in (18, 16) if (folder := wheel_programs(version))]
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    return [*system, *wheels, *([Path(on_path)] if on_path else [])]


def _version_of(program: Path) -> int:
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return 0
    found = re.search(r"(\d+)(?:\.|devel|beta|rc|\s|$)", done.stdout.partition(")")[2])
    return int(found[1]) if found else 0
