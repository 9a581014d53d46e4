"""Where the data of a rehearsal comes from: the live database, by pg_dump straight into pg_restore."""

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from subprocess import PIPE
from typing import Protocol

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout, ProgramFailed, Refused
from alphanest_db.programs.child import Child, started
from alphanest_db.programs.environment import client_environment, database_argument
from alphanest_db.programs.failures import Complaint, fatal, read_complaints
from alphanest_db.programs.find import Client, find_client, major_version
from alphanest_db.schema.rehearsal.model import Progress

APPLICATION_NAME = "alphanest rehearse"
_LOCK_WAIT_SECONDS = 10
_DUMP = (
    "--format=custom", "--compress=0", "--no-password", f"--lock-wait-timeout={_LOCK_WAIT_SECONDS}s",
    "--exclude-schema=alphanest_admin",
)  # fmt: skip
_RESTORE = ("--no-owner", "--no-tablespaces", "--no-publications", "--no-subscriptions", "--no-security-labels")
_ELSEWHERE = ("--no-privileges",)  # another server has other roles
_COMPLAINT = re.compile(r"^pg_restore: (?:error|fatal): ", re.M)
# Without what these make the copy is good enough, and it is said that it is not there.
_DISPENSABLE = re.compile(
    r"^Command was: (ALTER TABLE ONLY .*\n\s+ADD CONSTRAINT .* FOREIGN KEY|COMMENT ON|GRANT|REVOKE|ALTER DEFAULT PRIVILEGES"
    r"|CREATE EXTENSION|CREATE EVENT TRIGGER|REFRESH MATERIALIZED VIEW)\b",
    re.M,
)
_CHUNK_BYTES = 1 << 20
_POLL_SECONDS = 0.05


class DataSource(Protocol):
    """What fills the scratch database of a rehearsal."""

    @property
    def description(self) -> str:
        """What it is a copy of, as one says it."""
        ...

    @property
    def size_bytes(self) -> int | None:
        """How much room the copy is going to take, as far as that is known."""
        ...

    @property
    def current(self) -> tuple[str, ...] | None:
        """The revisions that it stands at, where that is known before it is copied."""
        ...

    def fill(self, scratch: Target, progress: Progress) -> tuple[str, ...]:
        """Put schema and rows into the empty scratch database; returns what could not be copied, in words."""
        ...


@dataclass(frozen=True)
class LiveDatabase:
    """The target itself, read in one snapshot; every table is locked against DDL (ACCESS SHARE) until it is copied."""

    target: Target
    environ: Mapping[str, str]
    size_bytes: int
    current: tuple[str, ...]
    timeout_seconds: int = 10
    description: str = "the live database"

    def fill(self, scratch: Target, progress: Progress) -> tuple[str, ...]:
        """Raises Refused where the role may not read a table, LockTimeout, ProgramNotFound and ProgramFailed."""
        dump_version, needs_tls = _server_of(self.target, self.timeout_seconds)
        restore_version, _ = _server_of(scratch, self.timeout_seconds)
        newest = max(dump_version, restore_version)
        dump = find_client("pg_dump", newest, needs_tls=needs_tls)
        restore = find_client("pg_restore", newest, needs_tls=needs_tls)
        same_server = (scratch.host, scratch.port) == (self.target.host, self.target.port)
        options = _RESTORE if same_server else (*_RESTORE, *_ELSEWHERE)
        with (
            started([str(dump.path), *_DUMP], self._environment(self.target), stdout=PIPE) as reader,
            started(
                [str(restore.path), *options, "--dbname", database_argument(scratch.database)],
                self._environment(scratch), stdin=PIPE,
            ) as writer,
        ):  # fmt: skip
            complete = _pump(reader, writer, self.size_bytes, progress)
            if not complete:
                reader.end()
            _check_dump(reader, self.target, complete=complete)
            return _check_restore(writer, restore, restore_version, scratch)

    def _environment(self, target: Target) -> dict[str, str]:
        return client_environment(
            target, self.environ, timeout_seconds=self.timeout_seconds, application_name=APPLICATION_NAME
        )


def _server_of(target: Target, timeout_seconds: int) -> tuple[int, bool]:
    with session(target, timeout_seconds=timeout_seconds) as connection:
        return major_version(connection.server_version), bool(connection.info.ssl_in_use)


def _pump(reader: Child, writer: Child, size_bytes: int, progress: Progress) -> bool:
    """Hand on all that is read, and wait until it is written; False where the writer wanted no more of it.

    Through our own hands, so that neither program outlives us, and we can tell how far it is.
    """
    copied = 0
    with contextlib.suppress(BrokenPipeError):
        while chunk := reader.stdout.read(_CHUNK_BYTES):
            rest = memoryview(chunk)
            while rest:
                rest = rest[writer.stdin.write(rest) :]
            copied += len(chunk)
            progress.copying(copied, size_bytes)
        writer.stdin.close()
        while writer.is_running():
            progress.copying(copied, size_bytes)
            time.sleep(_POLL_SECONDS)
        return True
    return False


def _check_dump(reader: Child, target: Target, *, complete: bool) -> None:
    """Where not all was handed on, the writer has the reason."""
    code = reader.wait()
    if not complete or code == 0:
        return
    said = _first(read_complaints(reader.stderr, target.password))
    if "permission denied" in said:
        raise Refused(
            f"the database cannot be copied: {said}", "Connect as the owner, or as a role that may read all tables."
        )
    if "lock timeout" in said:
        raise LockTimeout(
            f"a table was not free for {_LOCK_WAIT_SECONDS} s: {said}", "Is somebody migrating? Try again."
        )
    raise ProgramFailed(f"pg_dump failed: {said}", code)


def _check_restore(writer: Child, client: Client, server_version: int, scratch: Target) -> tuple[str, ...]:
    code = writer.wait()
    if code == 0:
        return ()
    complaints = read_complaints(writer.stderr, scratch.password)
    serious = fatal(complaints, tool_version=client.version, server_version=server_version)
    said = zip(complaints, _COMPLAINT.split(writer.stderr)[1:], strict=False)
    missing = [complaint for complaint, text in said if complaint in serious and _DISPENSABLE.search(text)]
    grave = [complaint for complaint in serious if complaint not in missing]
    if grave or not complaints:
        raise ProgramFailed(f"the copy could not be made: {_first(grave)}", code)
    return tuple(f"not in the copy: {complaint.message}" for complaint in missing)


def _first(complaints: Sequence[Complaint]) -> str:
    return complaints[0].message if complaints else "it gave no reason"
