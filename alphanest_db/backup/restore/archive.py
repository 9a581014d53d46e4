"""A custom or directory dump into an empty database, by pg_restore."""

import contextlib
import io
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.plain.report import PlainReport
from alphanest_db.backup.plain.restore import restore_plain
from alphanest_db.backup.restore.complaints import Sorted, not_restored, skipped, sort_complaints
from alphanest_db.backup.restore.nameless import nameless_file, write_all
from alphanest_db.backup.restore.watching import LoadReport, LoadWatch
from alphanest_db.database.connect import session
from alphanest_db.database.foreign_keys import read_foreign_keys
from alphanest_db.database.target import Target
from alphanest_db.errors import ProgramFailed
from alphanest_db.programs.child import Child, started, watchdog
from alphanest_db.programs.environment import client_environment, database_argument
from alphanest_db.programs.failures import fatal, read_complaints
from alphanest_db.programs.find import Client, find_client, major_version

PATIENCE_SECONDS = 300.0
_PROGRAM = "pg_restore"
# Until the swap nobody misses what a crash takes; the swap itself waits for the disk. A session of pg_restore may be idle for as
# long as the others build the largest index, and pg_restore lifts all limits but that one.
_SETTINGS = "-c synchronous_commit=off -c maintenance_work_mem=256MB -c jit=off -c idle_session_timeout=0"
_LISTED_KEY = re.compile(r"^(?P<id>\d+); \d+ \d+ FK CONSTRAINT (?P<key>.*)$")
_LISTED_ENTRY = re.compile(r"^(?P<id>\d+); \d+ \d+ (?P<kind>INDEX ATTACH|INDEX|CONSTRAINT)?")
_LISTED_NO_ROWS = re.compile(r"^(?P<id>\d+); \d+ \d+ (?!TABLE DATA )")
_LISTED_PARTITION = re.compile(r"^(?P<id>\d+); \d+ \d+ TABLE ATTACH ")
_LISTED_GRANT = re.compile(r"^(?P<id>\d+); \d+ \d+ (?:DEFAULT )?ACL ")

LoadRows = Callable[[LoadWatch], None]


@dataclass(frozen=True)
class ArchiveOptions:
    """How pg_restore is run; without `keep_owners` everything belongs to the target's user, and nobody is granted anything."""

    jobs: int = 1
    keep_owners: bool = True
    timeout_seconds: int = 10
    patience_seconds: float = PATIENCE_SECONDS


def load_archive(
    archive: Path, target: Target, environ: Mapping[str, str], *, archive_version: int, options: ArchiveOptions,
    report: LoadReport = lambda _progress: None, load_rows: LoadRows | None = None,
) -> PlainReport:  # fmt: skip
    """Load the archive; foreign keys that its rows violate are added NOT VALID, grants to missing roles are left out.

    `archive_version` is the lowest major version of pg_restore that reads it. With `load_rows`, that puts the rows into the
    tables when these are there, and pg_restore needs none of them. Raises DumpNotRestored, ProgramNotFound and
    ProgramFailed; the database is not whole then.
    """
    with (
        session(target, timeout_seconds=options.timeout_seconds, application_name="alphanest restore") as connection,
        LoadWatch(connection, report) as watch,
    ):
        server_version = major_version(connection.server_version)
        client = fitting_client(connection, archive_version)
        run = _Run(client, server_version, archive, target, environ, options)
        if load_rows is None:
            found = run.load(run.all_steps, watch)
        else:
            before = run.load(run.steps_before_rows, watch)
            load_rows(watch)
            after = run.load(run.steps_after_rows, watch)
            found = Sorted(after.has_violations, (*before.owners, *after.owners), ())
    again = run.load_again([*run.grants(), *(run.missing_keys() if found.has_violations else ())])
    return PlainReport(again.statements, 0, (*skipped(found.owners), *again.skipped), again.violated_keys)


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
    with _Run(client, archive_version, archive, target, environ, options).text([]) as stream:
        yield stream


@dataclass(frozen=True)
class _Step:
    """One call of pg_restore."""

    arguments: tuple[str, ...]
    jobs: int


@dataclass(frozen=True)
class _Run:
    client: Client
    server_version: int
    archive: Path
    target: Target
    environ: Mapping[str, str]
    options: ArchiveOptions

    def load(self, steps: Callable[[contextlib.ExitStack], Sequence[_Step]], watch: LoadWatch) -> Sorted:
        """What pg_restore complained of. Raises DumpNotRestored and ProgramFailed where that is not to be mended."""
        code, stderr = 0, ""
        with contextlib.ExitStack() as lists:
            for step in steps(lists):
                target = [f"--dbname={database_argument(self.target.database)}", f"--jobs={step.jobs}"]
                with (
                    self._started(["--no-acl", *step.arguments, *target]) as child,
                    watchdog(child, watch, patience_seconds=self.options.patience_seconds),
                ):
                    code = child.wait() or code
                    stderr += child.stderr
        complaints = read_complaints(stderr, self.target.password)
        if code and not complaints:
            raise ProgramFailed(f"{_PROGRAM} ended with exit code {code}", code)
        found = fatal(complaints, tool_version=self.client.version, server_version=self.server_version)
        in_kinds = sort_complaints(found)
        if in_kinds.fatal:
            raise not_restored(in_kinds.fatal)
        return in_kinds

    def all_steps(self, lists: contextlib.ExitStack) -> list[_Step]:
        """All at once, but for what pg_restore is not always right with."""
        jobs = self.options.jobs
        if not self._needs_order():
            return [_Step((), jobs)]
        return [_Step(("--section=pre-data",), jobs), _Step(("--section=data",), jobs), *self._ordered(lists)]

    def steps_before_rows(self, _lists: contextlib.ExitStack) -> list[_Step]:
        """The tables."""
        return [_Step(("--section=pre-data",), 1)]

    def steps_after_rows(self, lists: contextlib.ExitStack) -> list[_Step]:
        """What there is in an archive beside the tables and their rows."""
        data = [found["id"] for found in self._listed(_LISTED_NO_ROWS, "--section=data")]
        if self._needs_order():
            return [*_steps_of(lists, data, 1), *self._ordered(lists)]
        rest = [found["id"] for found in self._listed(_LISTED_ENTRY, "--section=post-data")]
        return _steps_of(lists, [*data, *rest], self.options.jobs)

    def _needs_order(self) -> bool:
        """Whether there are partitions, which pg_restore with several jobs is not always right with.

        It adds a foreign key of theirs before all rows are there, and then refuses those that violate it; and two of its jobs
        that attach indexes on two levels at once can leave the uppermost index invalid, which no key can refer to then.
        """
        return self.options.jobs > 1 and bool(self._listed(_LISTED_PARTITION))

    def _ordered(self, lists: contextlib.ExitStack) -> list[_Step]:
        """What follows the rows, one kind after the other."""
        built, attached, rest = list[str](), list[str](), list[str]()
        kinds = {"INDEX ATTACH": attached, "INDEX": built, "CONSTRAINT": built}
        for found in self._listed(_LISTED_ENTRY, "--section=post-data"):
            kinds.get(found["kind"] or "", rest).append(found["id"])
        jobs = self.options.jobs
        return [
            step for ids, many in ((built, jobs), (attached, 1), (rest, jobs)) for step in _steps_of(lists, ids, many)
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
        environment["PGOPTIONS"] = f"{environment.get('PGOPTIONS', '')} {_SETTINGS}".strip()
        rights = [] if self.options.keep_owners else ["--no-owner", "--no-acl"]
        command = [str(self.client.path), "--no-password", *rights, *arguments, "--", str(self.archive.absolute())]
        with started(command, environment, stdout=stdout) as child:
            yield child


@contextlib.contextmanager
def _list_file(dump_ids: Iterable[int | str]) -> Iterator[Path]:
    """A file that names these entries, as --use-list reads it."""
    with nameless_file(Path(tempfile.gettempdir())) as (handle, path):
        write_all(handle, "".join(f"{dump_id};\n" for dump_id in dump_ids).encode())
        yield path


def _steps_of(lists: contextlib.ExitStack, dump_ids: Sequence[str], jobs: int) -> list[_Step]:
    """The step that restores these entries, if there are any."""
    return [_Step((f"--use-list={lists.enter_context(_list_file(dump_ids))}",), jobs)] if dump_ids else []
