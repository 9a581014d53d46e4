"""A custom or directory dump into an empty database, by pg_restore."""

import contextlib
import io
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.plain.report import PlainReport, Skipped
from alphanest_db.backup.plain.restore import restore_plain
from alphanest_db.backup.restore.watching import LoadReport, LoadWatch
from alphanest_db.database.connect import session
from alphanest_db.database.foreign_keys import read_foreign_keys
from alphanest_db.database.target import Target
from alphanest_db.errors import DumpNotRestored, ProgramFailed
from alphanest_db.programs.child import Child, started, watchdog
from alphanest_db.programs.environment import client_environment, database_argument
from alphanest_db.programs.failures import Complaint, fatal, read_complaints
from alphanest_db.programs.find import Client, find_client, major_version

PATIENCE_SECONDS = 300.0
_PROGRAM = "pg_restore"
# Until the swap nobody misses what a crash takes; the swap itself waits for the disk.
_FAST = "-c synchronous_commit=off -c maintenance_work_mem=256MB"
_LISTED_KEY = re.compile(r"^(?P<id>\d+); \d+ \d+ FK CONSTRAINT (?P<key>.*)$")
_LISTED_ENTRY = re.compile(r"^(?P<id>\d+); \d+ \d+ (?P<kind>INDEX ATTACH|INDEX|CONSTRAINT)?")
_LISTED_PARTITION = re.compile(r"^(?P<id>\d+); \d+ \d+ TABLE ATTACH ")
_LISTED_GRANT = re.compile(r"^(?P<id>\d+); \d+ \d+ (?:DEFAULT )?ACL ")
_VIOLATED = re.compile(r"violates foreign key constraint")
_NO_ROLE = re.compile(
    r'^role "(?P<role>.*)" does not exist$|^must be (?:member of|able to SET) (?:role|ROLE) "(?P<other>.*)"$'
)


@dataclass(frozen=True)
class ArchiveOptions:
    """How pg_restore is run; without `keep_owners` everything belongs to the target's user, and nobody is granted anything."""

    jobs: int = 1
    keep_owners: bool = True
    timeout_seconds: int = 10
    patience_seconds: float = PATIENCE_SECONDS


@dataclass(frozen=True)
class Sorted:
    """What pg_restore complained of, by what is to be done about it."""

    has_violations: bool
    owners: tuple[Complaint, ...]
    fatal: tuple[Complaint, ...]


def load_archive(
    archive: Path, target: Target, environ: Mapping[str, str], *, archive_version: int, options: ArchiveOptions,
    report: LoadReport = lambda _progress: None,
) -> PlainReport:  # fmt: skip
    """Load the archive; foreign keys that its rows violate are added NOT VALID, grants to missing roles are left out.

    `archive_version` is the lowest major version of pg_restore that reads it. Raises DumpNotRestored, ProgramNotFound and
    ProgramFailed; the database is not whole then.
    """
    with session(target, timeout_seconds=options.timeout_seconds, application_name="alphanest restore") as connection:
        server_version = major_version(connection.server_version)
        client = fitting_client(connection, archive_version)
        run = _Run(client, archive, target, environ, options)
        code, stderr = run.load(LoadWatch(connection, report))
    complaints = read_complaints(stderr, target.password)
    if code and not complaints:
        raise ProgramFailed(f"{_PROGRAM} ended with exit code {code}", code)
    found = sort_complaints(fatal(complaints, tool_version=client.version, server_version=server_version))
    if found.fatal:
        raise _not_restored(found.fatal)
    again = run.load_again([*run.grants(), *(run.missing_keys() if found.has_violations else ())])
    return PlainReport(again.statements, 0, (*_skipped(found.owners), *again.skipped), again.violated_keys)


def fitting_client(connection: Connection, archive_version: int) -> Client:
    """The pg_restore for the connection's server and an archive of that version. Raises ProgramNotFound."""
    wanted = max(major_version(connection.server_version), archive_version)
    return find_client(_PROGRAM, wanted, needs_tls=bool(connection.info.ssl_in_use))


@contextlib.contextmanager
def archive_text(
    archive: Path, target: Target, environ: Mapping[str, str], *, archive_version: int, options: ArchiveOptions
) -> Iterator[IO[bytes]]:
    """The archive as a plain dump, without a connection; raises ProgramFailed at the end where pg_restore failed."""
    client = find_client(_PROGRAM, archive_version)
    with _Run(client, archive, target, environ, options).text([]) as stream:
        yield stream


def sort_complaints(complaints: Sequence[Complaint]) -> Sorted:
    """What can be made good, what is only told, and what ends the restore.

    >>> found = sort_complaints([Complaint('role "anna" does not exist', command="ALTER TABLE")])
    >>> found.has_violations, len(found.owners), len(found.fatal)
    (False, 1, 0)
    >>> len(sort_complaints([Complaint('insert on table "t" violates foreign key constraint "k"')]).fatal)  # of COPY: rows are lost
    1
    """
    owners = tuple(item for item in complaints if _is_about_owner(item))
    violations = tuple(item for item in complaints if _is_about_key(item))
    others = tuple(item for item in complaints if item not in (*owners, *violations))
    return Sorted(bool(violations), owners, others)


def _is_about_key(complaint: Complaint) -> bool:
    """ALTER TABLE … ADD a key that rows violate. Rows that violate one that is there already were not loaded."""
    return bool(_VIOLATED.search(complaint.message)) and (complaint.command or "").startswith("ALTER TABLE")


def _is_about_owner(complaint: Complaint) -> bool:
    """ALTER … OWNER TO somebody who is not here. A policy for them would be lost as a whole, and is no such thing."""
    return bool(_NO_ROLE.match(complaint.message)) and (complaint.command or "").startswith("ALTER ")


@dataclass(frozen=True)
class _Step:
    """One call of pg_restore."""

    arguments: tuple[str, ...]
    jobs: int


@dataclass(frozen=True)
class _Run:
    client: Client
    archive: Path
    target: Target
    environ: Mapping[str, str]
    options: ArchiveOptions

    def load(self, watch: LoadWatch) -> tuple[int, str]:
        """The exit code and what pg_restore complained of."""
        code, complaints = 0, ""
        with contextlib.ExitStack() as lists:
            for step in self._steps(lists):
                target = [f"--dbname={database_argument(self.target.database)}", f"--jobs={step.jobs}"]
                with (
                    self._started(["--no-acl", *step.arguments, *target]) as child,
                    watchdog(child, watch, patience_seconds=self.options.patience_seconds),
                ):
                    code = child.wait() or code
                    complaints += child.stderr
        return code, complaints

    def _steps(self, lists: contextlib.ExitStack) -> list[_Step]:
        """One after the other where there are partitions, which pg_restore with several jobs is not always right with.

        It adds a foreign key of theirs before all rows are there, and then refuses those that violate it; and two of its jobs
        that attach indexes on two levels at once can leave the uppermost index invalid, which no key can refer to then.
        """
        jobs = self.options.jobs
        if jobs == 1 or not self._listed(_LISTED_PARTITION):
            return [_Step((), jobs)]
        built, attached, rest = list[str](), list[str](), list[str]()
        kinds = {"INDEX ATTACH": attached, "INDEX": built, "CONSTRAINT": built}
        for found in self._listed(_LISTED_ENTRY, "--section=post-data"):
            kinds.get(found["kind"] or "", rest).append(found["id"])
        parts = ((built, jobs), (attached, 1), (rest, jobs))
        return [
            _Step(("--section=pre-data",), jobs),
            _Step(("--section=data",), jobs),
            *(_Step((f"--use-list={lists.enter_context(_list_file(ids))}",), many) for ids, many in parts if ids),
        ]

    def grants(self) -> list[int]:
        """The entries that grant rights. One missing role would cost all grants of its entry, so they come one by one."""
        return [int(found["id"]) for found in self._listed(_LISTED_GRANT)] if self.options.keep_owners else []

    def missing_keys(self) -> list[int]:
        """The foreign keys that the database has not got."""
        with session(self.target, timeout_seconds=self.options.timeout_seconds) as connection:
            there = tuple(f"{key.schema} {key.table} {key.name} " for key in read_foreign_keys(connection))
        return [int(found["id"]) for found in self._listed(_LISTED_KEY) if not found["key"].startswith(there)]

    def _listed(self, pattern: re.Pattern[str], *arguments: str) -> list[re.Match[str]]:
        with self.text(["--list", *arguments]) as lines:
            return [found for line in lines if (found := pattern.match(line.decode("utf-8", "replace")))]

    def load_again(self, dump_ids: Sequence[int]) -> PlainReport:
        """These entries, statement by statement, as a plain dump would be."""
        if not dump_ids:
            return PlainReport(0, 0, (), ())
        with (
            _list_file(dump_ids) as wanted,
            self.text([f"--use-list={wanted}"]) as stream,
            session(self.target, timeout_seconds=self.options.timeout_seconds) as connection,
        ):
            return restore_plain(stream, connection)

    @contextlib.contextmanager
    def text(self, arguments: Sequence[str]) -> Iterator[IO[bytes]]:
        """What pg_restore writes to its standard output, without connecting. Raises ProgramFailed at the end where it failed."""
        with self._started([*arguments, "--file=-"], stdout=subprocess.PIPE) as child:
            yield cast("IO[bytes]", io.BufferedReader(child.stdout))
            if code := child.wait():
                complaints = read_complaints(child.stderr)
                said = complaints[0].message if complaints else f"exit code {code}"
                raise ProgramFailed(f"{_PROGRAM} failed: {said}", code)

    @contextlib.contextmanager
    def _started(self, arguments: Sequence[str], *, stdout: int | IO[bytes] = subprocess.DEVNULL) -> Iterator[Child]:
        environment = client_environment(
            self.target,
            self.environ,
            timeout_seconds=self.options.timeout_seconds,
            application_name="alphanest restore",
        )
        environment["PGOPTIONS"] = f"{environment.get('PGOPTIONS', '')} {_FAST}".strip()
        rights = [] if self.options.keep_owners else ["--no-owner", "--no-acl"]
        command = [str(self.client.path), "--no-password", *rights, *arguments, "--", str(self.archive.absolute())]
        with started(command, environment, stdout=stdout) as child:
            yield child


@contextlib.contextmanager
def _list_file(dump_ids: Iterable[int | str]) -> Iterator[str]:
    """A file that names these entries, as --use-list reads it."""
    with tempfile.NamedTemporaryFile("w", prefix="alphanest-", suffix=".list") as file:
        file.writelines(f"{dump_id};\n" for dump_id in dump_ids)
        file.flush()
        yield file.name


def _skipped(complaints: Sequence[Complaint]) -> Iterator[Skipped]:
    for complaint in complaints:
        yield Skipped(0, f"{complaint.command} … OWNER", complaint.message)


def _not_restored(complaints: Sequence[Complaint]) -> DumpNotRestored:
    first = complaints[0]
    where = f" ({first.command})" if first.command else ""
    more = f", and {len(complaints) - 1} more" if len(complaints) > 1 else ""
    return DumpNotRestored(f"pg_restore failed: {first.message}{where}{more}", 0, None)
