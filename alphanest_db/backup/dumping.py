"""pg_dump at work: into one file that is compressed and hashed on the way, or into a folder by several processes."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import encodings

from alphanest_db.backup.compression import ENDINGS, compressor
from alphanest_db.backup.following import FollowedFolder
from alphanest_db.backup.manifest import DUMP, BackupFile, Compression, Compressor, DumpFormat, Method
from alphanest_db.backup.options import BackupOptions
from alphanest_db.backup.tables import exact_pattern
from alphanest_db.backup.writing import HashedFile
from alphanest_db.database.fingerprints import DumpableTable
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError
from alphanest_db.programs.child import Child, started, watchdog
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import Client

_CHUNK_BYTES = 1 << 20
_SHORT_BYTES = 1 << 18
_FILLING_SECONDS = 0.002
_LOOK_SECONDS = 0.1
_ENDINGS = {DumpFormat.plain: ".sql", DumpFormat.custom: ".pgc"}
_TRAILER = b"-- PostgreSQL database dump complete"
_TAIL_BYTES = 512
_TABLE_LINE = ": dumping contents of table "
_METHODS_SINCE = 16  # before, pg_dump knew gzip alone, and took its level for the method
_STATISTICS_SINCE = 18


@dataclass(frozen=True)
class DumpProgress:
    """How far pg_dump is: tables begun, bytes that came from it, bytes in the files."""

    tables: int = 0
    read_bytes: int = 0
    written_bytes: int = 0


@dataclass(frozen=True)
class DumpJob:
    """What pg_dump is to dump, and as of which snapshot. `tick` is called every now and then, and may raise to end it all."""

    program: Client
    target: Target
    environ: Mapping[str, str]
    snapshot_id: str
    encoding: str
    excluded: Sequence[DumpableTable]
    options: BackupOptions
    tick: Callable[[DumpProgress], None] = lambda _progress: None


class DumpFailed(AlphanestError):
    """pg_dump ended with an error; `stderr` holds row data, and is for `programs.failures` alone."""

    def __init__(self, stderr: str, exit_code: int) -> None:
        super().__init__("pg_dump failed")
        self.stderr = stderr
        self.exit_code = exit_code


def run_dump(job: DumpJob, folder: Path) -> tuple[BackupFile, ...]:
    """The files of the dump, written into the folder. Raises DumpFailed, ProgramFailed and OSError."""
    if job.options.format is DumpFormat.directory:
        return _dump_directory(job, folder)
    return (_dump_stream(job, folder),)


def dump_arguments(job: DumpJob) -> list[str | bytes]:
    """What pg_dump is called with; no secret among it."""
    options = job.options
    arguments = [
        f"--format={options.format}", f"--snapshot={job.snapshot_id}", f"--encoding={job.encoding}", "--no-password", "--verbose",
        f"--lock-wait-timeout={round(options.lock_timeout_seconds * 1000)}",
    ]  # fmt: skip
    if options.format is not DumpFormat.plain:
        arguments.append(f"--compress={_inner_compression(options.compression, job.program.version)}")
    if options.schema_only:
        arguments.append("--schema-only")
    if job.program.version >= _STATISTICS_SINCE:
        arguments.append("--no-statistics")  # they hold values of the rows
    codec = encodings.get(job.encoding, "utf-8")
    excluded = [f"--exclude-table-data={exact_pattern(table)}".encode(codec) for table in job.excluded]
    return [*arguments, *excluded]


def _inner_compression(compression: Compression, version: int) -> str:
    inner = compression if compression.by is Compressor.pg_dump else Compression(Method.none)
    if version >= _METHODS_SINCE:
        return str(inner.method) if inner.level is None else f"{inner.method}:{inner.level}"
    if inner.method is Method.zstd:
        raise AlphanestError(
            f"pg_dump {version} cannot compress with zstd",
            "Use --compress gzip, or --format custom, which alphanest compresses.",
        )
    return "0" if inner.method is Method.none else str(inner.level or 6)


def _dump_stream(job: DumpJob, folder: Path) -> BackupFile:
    outer = job.options.compression
    if outer.by is not Compressor.alphanest:
        outer = Compression(Method.none)
    path = folder / f"{DUMP}{_ENDINGS[job.options.format]}{ENDINGS[outer.method]}"
    counter = _Counter()
    with _pg_dump(job, counter, stdout=subprocess.PIPE) as child, HashedFile(path, compressor(outer)) as file:
        tail = b""
        with watchdog(child, lambda: counter.progress, patience_seconds=job.options.patience_seconds):
            for chunk in iter(lambda: os.read(child.stdout.fileno(), _CHUNK_BYTES), b""):
                file.write(chunk)
                tail = (tail + chunk)[-_TAIL_BYTES:] if len(chunk) < _TAIL_BYTES else chunk[-_TAIL_BYTES:]
                counter.read_bytes += len(chunk)
                counter.written_bytes = file.size_bytes
                job.tick(counter.progress)
                if len(chunk) < _SHORT_BYTES:
                    time.sleep(
                        _FILLING_SECONDS
                    )  # the pipe fills meanwhile, and pg_dump need not wake us for every 4 KiB
        _require_success(child)
        if job.options.format is DumpFormat.plain and _TRAILER not in tail:
            raise DumpFailed("pg_dump: error: the end of the dump is missing", 0)
    return BackupFile(path.name, file.size_bytes, file.sha256)


def _dump_directory(job: DumpJob, folder: Path) -> tuple[BackupFile, ...]:
    place = folder / DUMP
    counter = _Counter()
    with (
        _pg_dump(job, counter, f"--jobs={job.options.jobs}", f"--file={place}") as child,
        FollowedFolder(place, job.options.jobs) as written,
    ):
        with watchdog(child, lambda: counter.progress, patience_seconds=job.options.patience_seconds):
            while not child.ended_within(_LOOK_SECONDS):
                counter.read_bytes = counter.written_bytes = written.follow()
                job.tick(counter.progress)
        _require_success(child)
        return written.finished()


class _Counter:
    """What pg_dump has brought: bytes, counted by whoever reads them, and tables, told by its lines in another thread."""

    def __init__(self) -> None:
        self.tables = 0
        self.read_bytes = 0
        self.written_bytes = 0

    @property
    def progress(self) -> DumpProgress:
        return DumpProgress(self.tables, self.read_bytes, self.written_bytes)

    def line(self, text: str) -> None:
        self.tables += _TABLE_LINE in text


def _pg_dump(
    job: DumpJob, counter: _Counter, *extra: str, stdout: int = subprocess.DEVNULL
) -> contextlib.AbstractContextManager[Child]:
    environment = client_environment(
        job.target,
        job.environ,
        timeout_seconds=job.options.connect_timeout_seconds,
        application_name="alphanest backup",
    )
    command = [str(job.program.path), *dump_arguments(job), *extra]
    return started(command, environment, stdout=stdout, on_line=counter.line)


def _require_success(child: Child) -> None:
    if code := child.wait():
        raise DumpFailed(child.stderr, code)
