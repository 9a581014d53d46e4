"""The schema of a database, as the fitting pg_dump writes it."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from alphanest_db.database.admin import SCHEMA
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout, ProgramFailed, Refused
from alphanest_db.programs.environment import client_environment
from alphanest_db.redact import hide_secrets

_LOCK_WAIT_SECONDS = 10
# Alembic's table and our own schema come and go with the tools, not with the migrations.
_OPTIONS = (
    "--format=custom", "--schema-only", "--no-password", "--encoding=UTF8",
    f"--lock-wait-timeout={_LOCK_WAIT_SECONDS}s", "--exclude-table=*.alembic_version", f"--exclude-schema={SCHEMA}",
)  # fmt: skip


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
    said = hide_secrets(re.split(r"error: |ERROR: +", said)[-1], target.password)
    if "permission denied" in said:
        return Refused(
            f"the schema cannot be read: {said}", "Connect as the owner, or as a role that may read all tables."
        )
    if "lock timeout" in said:
        return LockTimeout(
            f"a table was not free for {_LOCK_WAIT_SECONDS} s: {said}", "Is somebody migrating? Try again."
        )
    return ProgramFailed(f"pg_dump failed: {said}", code)
