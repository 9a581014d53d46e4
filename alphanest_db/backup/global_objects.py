"""What belongs to the whole server and is in no dump of a database: roles, their memberships and settings, tablespaces."""

import os
import subprocess
from pathlib import Path

from alphanest_db.backup.compression import compressor
from alphanest_db.backup.dumping import DumpFailed, DumpJob
from alphanest_db.backup.manifest import GLOBALS, BackupFile, Compression, Method
from alphanest_db.backup.writing import HashedFile
from alphanest_db.programs.child import started, watchdog
from alphanest_db.programs.environment import client_environment, database_argument
from alphanest_db.programs.find import find_client

_CHUNK_BYTES = 1 << 16


def dump_globals(job: DumpJob, server_version: int, folder: Path, *, needs_tls: bool) -> BackupFile:
    """The file with the server's roles and tablespaces, without passwords. Raises ProgramNotFound and DumpFailed."""
    program = find_client("pg_dumpall", server_version, needs_tls=needs_tls)
    options = job.options
    environment = client_environment(
        job.target, job.environ, timeout_seconds=options.connect_timeout_seconds, application_name="alphanest backup"
    )
    command = [
        str(program.path), "--globals-only", "--no-role-passwords", "--no-password",
        f"--dbname={database_argument(job.target.database)}",
    ]  # fmt: skip
    with (
        started(command, environment, stdout=subprocess.PIPE) as child,
        HashedFile(folder / GLOBALS, compressor(Compression(Method.none))) as file,
        watchdog(child, lambda: file.size_bytes, patience_seconds=options.patience_seconds),
    ):
        for chunk in iter(lambda: os.read(child.stdout.fileno(), _CHUNK_BYTES), b""):
            file.write(chunk)
        if code := child.wait():
            raise DumpFailed(child.stderr, code)
    return BackupFile(GLOBALS, file.size_bytes, file.sha256)
