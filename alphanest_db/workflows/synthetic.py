"""A synthetic platform where that is allowed: into the database, or into files."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from psycopg2 import errors
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import storage_in_use
from alphanest_db.accounts.passwords import hash_password
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.locks import SEEDER, LockProgress, advisory_lock
from alphanest_db.database.target import Target
from alphanest_db.journal.model import Run
from alphanest_db.journal.writing import begin_run, ensure_journal
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head
from alphanest_db.seeding.password import DEMO_PASSWORD, SALTS
from alphanest_db.seeding.synthetic.files import write_files
from alphanest_db.seeding.synthetic.load import Loaded, LoadReport, binary_tables, load
from alphanest_db.seeding.synthetic.parameters import Parameters, Request
from alphanest_db.seeding.synthetic.producing import Producer, started_workers, usual_jobs
from alphanest_db.seeding.synthetic.tables import TABLES
from alphanest_db.seeding.synthetic.unload import stage_rows
from alphanest_db.settings import KeyStorage, Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment, refuse_in_protected

_WORKER = "alphanest_db.workflows.synthetic_worker"
_WHAT = "seeding synthetic data"


@dataclass(frozen=True)
class SyntheticRun:
    """What was put in, where, from what; `run` is its number in the journal, none where the role may not keep one."""

    database: str
    run: int | None
    seed: int
    days: int
    until: date
    tables: Mapping[str, int]
    rebuilt: tuple[str, ...]
    password: str = field(repr=False)
    duration_seconds: float
    rows_per_second: float


@dataclass(frozen=True)
class SyntheticFiles:
    """The files that were written, `load_file` among them, which loads the others by psql."""

    folder: Path
    load_file: Path
    seed: int
    days: int
    until: date
    tables: Mapping[str, int]
    size_bytes: int
    password: str = field(repr=False)
    duration_seconds: float
    rows_per_second: float


def seed_synthetic(
    target: Target, settings: Settings, migrations: Path, parameters: Parameters, environ: Mapping[str, str], *,
    lock_wait_seconds: float, jobs: int | None = None, report: LoadReport | None = None,
    lock_progress: LockProgress = lambda _waited, _holder: None,
) -> SyntheticRun:  # fmt: skip
    """Put a synthetic platform in, in one transaction, with `jobs` processes that make its rows, by default as many as are fastest.

    Raises Refused in staging and production, PendingMigrations, LockTimeout and SyntheticConflict.
    """
    begun = time.monotonic()
    timeout = settings.connect_timeout_seconds
    with (
        advisory_lock(target, SEEDER, wait_seconds=lock_wait_seconds, timeout_seconds=timeout, progress=lock_progress),
        started_workers(Producer(_WORKER, environ, jobs or usual_jobs(beside_server=True))) as workers,
    ):
        with session(target, timeout_seconds=timeout) as connection:
            refuse_in_protected(effective_environment(connection, settings.environment), _WHAT)
            require_head(connection, read_revisions(migrations))
            request = _request(settings, parameters, storage_in_use(connection, settings.api_key_storage))
            has_journal = _has_journal(connection)
        with transaction(target, timeout_seconds=timeout, patient=True) as connection:
            production = workers.make(request, TABLES, binary_tables(connection))
            loaded = load(connection, production, report or LoadReport())
            run = _record(connection, request) if has_journal else None
    return _run(target.database, run, parameters, loaded, time.monotonic() - begun)


def write_synthetic(
    settings: Settings, parameters: Parameters, folder: Path, environ: Mapping[str, str], *,
    jobs: int | None = None, report: LoadReport | None = None,
) -> SyntheticFiles:  # fmt: skip
    """Write the rows into a new folder instead, as COPY text, with a script that loads them; asks no database.

    Raises Refused in staging and production, and InvalidInput for a folder that is there.
    """
    begun = time.monotonic()
    refuse_in_protected(settings.environment, _WHAT)
    storage = KeyStorage.plain if settings.api_key_storage is KeyStorage.plain else KeyStorage.hashed
    with started_workers(Producer(_WORKER, environ, jobs or usual_jobs(beside_server=False))) as workers:
        request = _request(settings, parameters, storage)
        written = write_files(folder, workers.make(request, TABLES), request, report or LoadReport())
    seconds = time.monotonic() - begun
    return SyntheticFiles(
        folder, written.load_file, parameters.seed, parameters.days, parameters.until, parameters.rows, written.size_bytes,
        DEMO_PASSWORD, seconds, sum(parameters.rows.values()) / seconds,
    )  # fmt: skip


def stage_synthetic(connection: Connection, run: Run, environ: Mapping[str, str]) -> None:
    """Make the rows of the run once more, beside the real ones and for this session alone, so that `unload` can find them."""
    request = Request.from_json(run.details["request"])
    with started_workers(Producer(_WORKER, environ, usual_jobs(beside_server=True))) as workers:
        stage_rows(connection, workers.make(request, TABLES, binary_tables(connection)))


def copy_text(request: Request, table: str, environ: Mapping[str, str]) -> Iterator[bytes]:
    """The rows of one table of a request again, byte by byte, as COPY text in pieces."""
    with started_workers(Producer(_WORKER, environ, jobs=1)) as workers:
        for rows in workers.make(request, [table]).rows():
            yield from rows


def _request(settings: Settings, parameters: Parameters, storage: KeyStorage) -> Request:
    """One hash for each salt: one for each of 100,000 users would take seven hours at cost 12."""

    def hashed(salt: str) -> str:
        return hash_password(DEMO_PASSWORD, cost=settings.bcrypt_cost, scheme=settings.password_scheme, salt=salt)

    with ThreadPoolExecutor(len(SALTS)) as pool:  # bcrypt lets go of Python's lock
        return Request(parameters, storage.value, tuple(pool.map(hashed, SALTS)))


def _has_journal(connection: Connection) -> bool:
    """Make the journal where there is none; False where the role may not."""
    try:
        ensure_journal(connection)
    except errors.InsufficientPrivilege:
        return False
    return True


def _record(connection: Connection, request: Request) -> int:
    """What the rows were made from is all that is written down: they can be made again, to be compared or taken out."""
    details = {"set": "synthetic", "request": request.to_json(), "rows": request.parameters.rows}
    return begin_run(connection, "seed", details, by=whoever_runs_this()).id


def _run(database: str, run: int | None, parameters: Parameters, loaded: Loaded, seconds: float) -> SyntheticRun:
    rows = parameters.rows
    return SyntheticRun(
        database, run, parameters.seed, parameters.days, parameters.until, rows, tuple(each.name for each in loaded.rebuilt),
        DEMO_PASSWORD, seconds, sum(rows.values()) / seconds,
    )  # fmt: skip
