"""Running migrations: one migrator at a time, no lock waited for at length, and what was done as a value.

Alembic is imported by the functions that run it, and not at the top: it takes longer to load than most answers need.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import errorcodes

from alphanest_db.database.connect import connect, session
from alphanest_db.database.failures import primary_message, translate
from alphanest_db.database.locks import MIGRATION_WORK, MIGRATOR, LockProgress, acquire, advisory_lock
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, DatabaseAhead, LockTimeout, MigrationFailed, UnknownRevision
from alphanest_db.schema.not_valid import NotValidConstraint, find_not_valid
from alphanest_db.schema.revisions import RevisionGraph, read_revisions
from alphanest_db.schema.status import MigrationStatus, read_current, read_status

if TYPE_CHECKING:
    from alembic.config import Config

APPLICATION_NAME = "alphanest migrate"
HEADS = ("head", "heads")


@dataclass(frozen=True)
class RunOptions:
    """How patient a run is; `retries` counts further tries after a lock was not free."""

    lock_wait_seconds: float = 300.0
    lock_timeout_seconds: float = 5.0
    statement_timeout_seconds: float = 0.0
    retries: int = 10
    connect_timeout_seconds: int = 10


@dataclass(frozen=True)
class RunStep:
    """One revision that was applied, or taken back where `upgraded` is False."""

    revision: str
    message: str
    upgraded: bool
    duration_seconds: float


@dataclass(frozen=True)
class MigrationRun:
    """What a run did, and what it left to be looked at."""

    database: str
    steps: tuple[RunStep, ...]
    current: tuple[str, ...]
    dropped_invalid_indexes: tuple[str, ...] = ()
    not_valid: tuple[NotValidConstraint, ...] = ()


@dataclass
class RunReport:
    """Where a run tells what is going on, while it goes on."""

    lock: LockProgress = lambda _waited, _holder: None
    step: Callable[[RunStep], None] = lambda _step: None
    retry: Callable[[int, float], None] = lambda _attempt, _pause_seconds: None
    steps: list[RunStep] = field(default_factory=list)


def upgrade(
    target: Target,
    folder: Path,
    revision: str = "head",
    *,
    options: RunOptions | None = None,
    report: RunReport | None = None,
) -> MigrationRun:
    """Apply the migrations up to `revision` (an id or a part of one, head, +1); at head, returns at once and without a lock.

    Raises UnknownRevision, MigrationFailed, and LockTimeout where another migrator, or the application, did not let go.
    """
    options = options or RunOptions()
    graph = read_revisions(folder)
    status = _status(target, graph, options)
    if revision in HEADS and not status.pending:
        return MigrationRun(status.database, (), status.current)
    return _run(target, folder, "upgrade", "heads" if revision == "head" else revision, options, report or RunReport())


def downgrade(
    target: Target, folder: Path, revision: str, *, options: RunOptions | None = None, report: RunReport | None = None
) -> MigrationRun:
    """Take migrations back down to `revision` (an id or a part of one, base, -1).

    Raises UnknownRevision, MigrationFailed and LockTimeout.
    """
    return _run(target, folder, "downgrade", revision, options or RunOptions(), report or RunReport())


def stamp(
    target: Target, folder: Path, revision: str, *, purge: bool = False, options: RunOptions | None = None
) -> MigrationRun:
    """Write down that the database stands at `revision`, and change nothing else; `purge` forgets unknown ids first."""
    return _run(target, folder, "stamp", revision, options or RunOptions(), RunReport(), purge=purge)


def script(folder: Path, revisions: str) -> str:
    """The SQL of a range (`A:B`, or `B` for base:B); a range that goes down is a downgrade. Asks no database.

    Raises UnknownRevision.
    """
    from alembic import command

    graph = read_revisions(folder)
    start, _, end = revisions.rpartition(":")
    buffer = StringIO()
    config = alembic_config(folder)
    config.output_buffer = buffer
    down = _goes_down(graph, start or "base", end)
    with translated(graph):
        (command.downgrade if down else command.upgrade)(config, f"{start or 'base'}:{end or 'head'}", sql=True)
    return buffer.getvalue()


def alembic_config(folder: Path, **attributes: Any) -> "Config":  # Any: Alembic's attributes hold whatever env.py wants
    """Alembic's configuration for the migrations in `folder`, with the settings of the alembic.ini beside it if there is one."""
    from alembic.config import Config

    ini = folder.parent / "alembic.ini"
    config = Config(ini) if ini.is_file() else Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes, called_by_alphanest=True)
    return config


def _status(target: Target, graph: RevisionGraph, options: RunOptions) -> MigrationStatus:
    with session(target, timeout_seconds=options.connect_timeout_seconds) as connection:
        return read_status(connection, graph)


def _run(
    target: Target, folder: Path, action: str, revision: str, options: RunOptions, report: RunReport, **arguments: bool
) -> MigrationRun:
    graph = read_revisions(folder)
    with advisory_lock(
        target, MIGRATOR, wait_seconds=options.lock_wait_seconds, timeout_seconds=options.connect_timeout_seconds,
        progress=report.lock,
    ):  # fmt: skip
        if action == "upgrade" and revision in HEADS:
            status = _status(target, graph, options)  # again: whoever held the lock may have done it all
            if not status.pending:
                return MigrationRun(status.database, (), status.current)
        dropped: list[str] = []
        for attempt in range(options.retries + 1):
            try:
                dropped += _attempt(target, folder, graph, action, revision, options, report, arguments)
                break
            except LockTimeout:
                if attempt == options.retries:
                    raise
                pause = random.uniform(0.5, 1.0) * min(0.5 * 2**attempt, 15.0)  # noqa: S311 - jitter, no secret
                report.retry(attempt + 1, pause)
                time.sleep(pause)
        with session(target, timeout_seconds=options.connect_timeout_seconds) as connection:
            not_valid = tuple(find_not_valid(connection)) if action == "upgrade" else ()
            return MigrationRun(
                target.database, tuple(report.steps), read_current(connection), tuple(dropped), not_valid
            )


def _attempt(
    target: Target, folder: Path, graph: RevisionGraph, action: str, revision: str, options: RunOptions,
    report: RunReport, arguments: dict[str, bool],
) -> list[str]:  # fmt: skip
    """One try to get there; what it committed stays, and the next try goes on behind it."""
    from alembic import command

    from alphanest_db.database.engine import single_engine
    from alphanest_db.schema.environment import (
        drop_invalid_indexes,
        prepare_session,
        wait_patiently_for_concurrent_builds,
    )

    raw = connect(
        target, timeout_seconds=options.connect_timeout_seconds, application_name=APPLICATION_NAME, autocommit=True
    )
    with contextlib.closing(raw):
        acquire(raw, MIGRATION_WORK, wait_seconds=options.lock_wait_seconds, progress=report.lock)
        prepare_session(
            raw, lock_timeout_seconds=options.lock_timeout_seconds,
            statement_timeout_seconds=options.statement_timeout_seconds,
        )  # fmt: skip
        with translated(graph, read_current(raw)):
            dropped = drop_invalid_indexes(raw)
            with single_engine(raw).connect() as connection:
                raw.autocommit = False
                wait_patiently_for_concurrent_builds(connection, options.lock_timeout_seconds)
                config = alembic_config(folder, connection=connection, on_version_apply=_Stopwatch(report))
                getattr(command, action)(config, revision, **arguments)
        return dropped


class _Stopwatch:
    """Times each revision: Alembic tells when one is done, which is when the next one begins."""

    def __init__(self, report: RunReport) -> None:
        self._report = report
        self._begun = time.monotonic()

    def __call__(
        self, *, step: Any, **_rest: Any
    ) -> None:  # Any: Alembic's MigrationInfo, whose module we do not load here
        now = time.monotonic()
        revision = step.up_revision
        if revision is not None:
            done = RunStep(revision.revision, revision.doc, step.is_upgrade, now - self._begun)
            self._report.steps.append(done)
            self._report.step(done)
        self._begun = now


@contextlib.contextmanager
def translated(graph: RevisionGraph, current: tuple[str, ...] = ()) -> Iterator[None]:
    """Turns what Alembic, SQLAlchemy and the server raise into errors of ours; the database stands at `current`."""
    from alembic.script.revision import ResolutionError, RevisionError
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        raise _failed(error.orig) from error
    except psycopg2.Error as error:
        raise _failed(error) from error
    except (CommandError, RevisionError) as error:
        cause = error.__cause__ if isinstance(error, CommandError) else error
        if isinstance(cause, ResolutionError):
            argument = str(cause.argument)
            if argument in current:
                raise DatabaseAhead(argument) from error
            raise UnknownRevision(argument, graph.near(argument)) from error
        raise AlphanestError(str(error).splitlines()[0].rstrip("."), "See `alphanest db history`.") from error
    except AssertionError as error:  # how Alembic says that there is nothing above head or below base
        raise AlphanestError("there is no migration that far", "See `alphanest db history`.") from error


def _failed(error: BaseException | None) -> AlphanestError:
    if not isinstance(error, psycopg2.Error):
        return MigrationFailed(f"a migration failed: {error}")
    if error.pgcode == errorcodes.DUPLICATE_TABLE:
        return MigrationFailed(
            f"a migration failed: {primary_message(error)}",
            "The tables are there already, but no revision is noted. If they are the platform's, "
            "`alphanest db stamp d9a4a7469274` says so; then upgrade again.",
            error.pgcode,
        )
    return translate(error) or MigrationFailed(
        f"a migration failed: {primary_message(error)}",
        "Revisions before it stay applied; mend the cause and run `alphanest db upgrade` again.",
        error.pgcode,
    )


def _goes_down(graph: RevisionGraph, start: str, end: str) -> bool:
    if end == "base" and start != "base":
        return True
    ids = [revision.id for revision in graph.revisions]
    places = [next((n for n, i in enumerate(ids) if i.startswith(text)), None) for text in (start, end)]
    return None not in places and places[0] > places[1]  # type: ignore[operator]  # None is excluded
