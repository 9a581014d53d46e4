"""Running migrations: one migrator at a time, no lock waited for at length, and what was done as a value."""

import contextlib
import functools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import connect, session
from alphanest_db.database.locks import MIGRATION_WORK, MIGRATOR, LockProgress, acquire, advisory_lock
from alphanest_db.database.target import Target
from alphanest_db.errors import LockTimeout, MigrationFailed, Refused
from alphanest_db.redact import hide_secrets
from alphanest_db.schema.alembic_bridge import HEADS, alembic_config, downgrade_steps, translated, upgrade_goal
from alphanest_db.schema.blockers import OLD_SECONDS, Blocker, BlockerProgress, OnBlockers, settle_blockers
from alphanest_db.schema.history import Action, RevisionFile, ensure_history, program_name, record
from alphanest_db.schema.not_valid import NotValidConstraint, find_not_valid
from alphanest_db.schema.recorder import Recorder, RunStep
from alphanest_db.schema.revisions import Revision, RevisionGraph, read_revisions
from alphanest_db.schema.statistics import analyze, changed_tables, read_storage
from alphanest_db.schema.status import MigrationStatus, read_current, read_status

APPLICATION_NAME = "alphanest migrate"


@dataclass(frozen=True)
class RunOptions:
    """How patient a run is; `retries` counts further tries after a lock was not free."""

    lock_wait_seconds: float = 300.0
    lock_timeout_seconds: float = 5.0
    statement_timeout_seconds: float = 0.0
    retries: int = 10
    connect_timeout_seconds: int = 10
    on_blockers: OnBlockers = OnBlockers.proceed
    old_transaction_seconds: float = OLD_SECONDS


@dataclass(frozen=True)
class MigrationRun:
    """What a run did, and what it left to be looked at."""

    database: str
    steps: tuple[RunStep, ...]
    current: tuple[str, ...]
    dropped_invalid_indexes: tuple[str, ...] = ()
    analyzed: tuple[str, ...] = ()
    not_valid: tuple[NotValidConstraint, ...] = ()
    backup: str | None = None


@dataclass
class RunReport:
    """Where a run tells what is going on, while it goes on."""

    lock: LockProgress = lambda _waited, _holder: None
    blockers: BlockerProgress = lambda _waited, _blockers: None
    step: Callable[[RunStep], None] = lambda _step: None
    retry: Callable[[int, float], None] = lambda _attempt, _pause_seconds: None


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
    goal = "heads" if revision in HEADS else revision
    return _Run(target, folder, graph, Action.upgrade, goal, options, report or RunReport()).carry_out()


def downgrade(
    target: Target, folder: Path, revision: str, *, start: tuple[str, ...] | None = None,
    options: RunOptions | None = None, report: RunReport | None = None,
) -> MigrationRun:  # fmt: skip
    """Take migrations back down to `revision` (an id or a part of one, base, -1).

    Raises UnknownRevision, MigrationFailed, LockTimeout, and Refused where the database does not stand at `start` any more.
    """
    graph = read_revisions(folder)
    options = options or RunOptions()
    run = _Run(target, folder, graph, Action.downgrade, revision, options, report or RunReport(), start=start)
    return run.carry_out()


def stamp(
    target: Target, folder: Path, revision: str, *, purge: bool = False, options: RunOptions | None = None
) -> MigrationRun:
    """Write down that the database stands at `revision`, and change nothing else; `purge` forgets unknown ids first."""
    graph = read_revisions(folder)
    options = options or RunOptions()
    return _Run(target, folder, graph, Action.stamp, revision, options, RunReport(), {"purge": purge}).carry_out()


def _status(target: Target, graph: RevisionGraph, options: RunOptions) -> MigrationStatus:
    with session(target, timeout_seconds=options.connect_timeout_seconds) as connection:
        return read_status(connection, graph)


@dataclass
class _Run:
    """One run under the migrator's lock, with as many tries as it takes."""

    target: Target
    folder: Path
    graph: RevisionGraph
    action: Action
    revision: str
    options: RunOptions
    report: RunReport
    arguments: dict[str, bool] = field(default_factory=dict)
    start: tuple[str, ...] | None = None
    steps: list[RunStep] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    told: set[tuple[int | None, str]] = field(default_factory=set)

    def carry_out(self) -> MigrationRun:
        options = self.options
        with advisory_lock(
            self.target, MIGRATOR, wait_seconds=options.lock_wait_seconds,
            timeout_seconds=options.connect_timeout_seconds, progress=self.report.lock,
        ):  # fmt: skip
            if self._is_done():  # whoever held the lock may have done it all
                return MigrationRun(self.target.database, (), self.graph.heads)
            with session(self.target, timeout_seconds=options.connect_timeout_seconds) as observer:
                before = read_storage(observer)
                self._fix_goal(read_current(observer))
                self._try_until_free(observer)
                changed = changed_tables(before, read_storage(observer)) if self.action is Action.upgrade else []
                analyze(observer, changed)
                not_valid = find_not_valid(observer) if self.action is Action.upgrade else []
                return MigrationRun(
                    self.target.database, tuple(self.steps), read_current(observer), tuple(self.dropped),
                    tuple(changed), tuple(not_valid),
                )  # fmt: skip

    def _is_done(self) -> bool:
        if self.action is not Action.upgrade or self.revision not in HEADS:
            return False
        return not _status(self.target, self.graph, self.options).pending

    def _fix_goal(self, current: tuple[str, ...]) -> None:
        """What `-1` means is settled once, under the lock: another try, or another migrator, would count from elsewhere."""
        if self.start is not None and self.start != current:
            raise Refused(
                f"the database stands at {', '.join(current) or 'base'} now, and not at {', '.join(self.start) or 'base'}",
                "Somebody else migrated it meanwhile: look at it again.",
            )
        if self.action is Action.upgrade:
            self.revision = upgrade_goal(self.folder, self.graph, current, self.revision)
        elif self.action is Action.downgrade and (
            steps := downgrade_steps(self.folder, self.graph, current, self.revision)
        ):
            last = self.graph.find(steps[-1])
            self.revision = ((last.down_revisions if last else ())[:1] or ("base",))[0]

    def _try_until_free(self, observer: Connection) -> None:
        for attempt in range(self.options.retries):
            try:
                self._attempt(observer)
            except LockTimeout:
                pause = random.uniform(0.5, 1.0) * min(0.5 * 2**attempt, 15.0)  # noqa: S311 - jitter, no secret
                self.report.retry(attempt + 1, pause)
                time.sleep(pause)
            else:
                return
        self._attempt(observer)

    def _attempt(self, observer: Connection) -> None:
        """One try to get there; what it committed stays, and the next try goes on behind it."""
        raw = connect(
            self.target, timeout_seconds=self.options.connect_timeout_seconds, application_name=APPLICATION_NAME,
            autocommit=True,
        )  # fmt: skip
        with contextlib.closing(raw):
            acquire(raw, MIGRATION_WORK, wait_seconds=self.options.lock_wait_seconds, progress=self.report.lock)
            settle = functools.partial(self._settle_blockers, observer, raw.info.backend_pid)
            if self.action is not Action.stamp and (first := self._next_up(read_current(observer))):
                settle(first)  # before Alembic begins a transaction by looking where the database stands
            recorder = Recorder(
                self.graph, program_name("alphanest"), remembers=ensure_history(raw), listener=self._done, before=settle
            )
            try:
                self._run_alembic(raw, recorder)
            except MigrationFailed as error:
                self._remember_failure(recorder, error)
                raise

    def _next_up(self, current: tuple[str, ...]) -> Revision | None:
        """The revision that is applied, or taken back, next."""
        ids = self.graph.pending(current)[:1] if self.action is Action.upgrade else current[:1]
        return self.graph.find(ids[0]) if ids else None

    def _settle_blockers(self, observer: Connection, migrator_pid: int, revision: Revision) -> None:
        settle_blockers(
            observer, self.options.on_blockers, source=RevisionFile.read(revision.path).source,
            wait_seconds=self.options.lock_wait_seconds, old_seconds=self.options.old_transaction_seconds,
            migrator_pid=migrator_pid, progress=self._tell_blockers,
        )  # fmt: skip

    def _tell_blockers(self, waited_seconds: float, blockers: Sequence[Blocker]) -> None:
        """One that is in the way of several revisions is told of once."""
        new = [blocker for blocker in blockers if (blocker.pid, blocker.who) not in self.told]
        self.told.update((blocker.pid, blocker.who) for blocker in new)
        if new or waited_seconds:
            self.report.blockers(waited_seconds, new or blockers)

    def _run_alembic(self, raw: Connection, recorder: Recorder) -> None:
        from alembic import command

        from alphanest_db.database.engine import single_engine
        from alphanest_db.schema.concurrent_builds import prepare_concurrent_builds
        from alphanest_db.schema.environment import prepare_session

        with translated(self.graph, read_current(raw)):
            prepare_session(
                raw, lock_timeout_seconds=self.options.lock_timeout_seconds,
                statement_timeout_seconds=self.options.statement_timeout_seconds,
            )  # fmt: skip
            with single_engine(raw).connect() as connection:
                raw.autocommit = False
                prepare_concurrent_builds(connection, self.options.lock_timeout_seconds, dropped=self.dropped.append)
                config = alembic_config(self.folder, connection=connection, recorder=recorder)
                getattr(command, self.action.value)(config, self.revision, **self.arguments)

    def _done(self, step: RunStep) -> None:
        self.steps.append(step)
        self.report.step(step)

    def _remember_failure(self, recorder: Recorder, error: MigrationFailed) -> None:
        """The failed revision's own transaction is gone, so its line is written in another one, if it can be."""
        with (
            contextlib.suppress(psycopg2.Error),
            session(self.target, timeout_seconds=self.options.connect_timeout_seconds) as connection,
            connection.cursor() as cursor,
        ):
            current = read_current(connection)
            failed = self.graph.find(error.revision) if error.revision else self._next_up(current)
            if failed and ensure_history(connection):
                record(
                    cursor, failed, self.action, program=program_name("alphanest"),
                    duration_seconds=recorder.seconds, error=hide_secrets(error.message, self.target.password),
                )  # fmt: skip
