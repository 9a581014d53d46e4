"""The whole of what a platform container runs on start."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alphanest_db.database.connect import session
from alphanest_db.database.databases import create_database
from alphanest_db.database.target import Target
from alphanest_db.database.wait import WaitProgress, wait_for_server
from alphanest_db.errors import DatabaseExists
from alphanest_db.schema.runs import MigrationRun, RunOptions, RunReport
from alphanest_db.seeding.demo import SeedResult
from alphanest_db.settings import Settings
from alphanest_db.workflows.demo import seed_demo_data
from alphanest_db.workflows.guards import effective_environment, refuse_in_protected
from alphanest_db.workflows.migrate import upgrade_and_record


@dataclass(frozen=True)
class Initialised:
    """What `init` found and did."""

    database: str
    waited_seconds: float
    created: bool
    migrations: MigrationRun
    demo: SeedResult | None


@dataclass
class InitReport:
    """Where `init` tells what is going on."""

    waiting: WaitProgress = lambda _waited, _error: None
    notify: Callable[[str], None] = lambda _text: None
    run: RunReport = field(default_factory=RunReport)


def initialise(
    target: Target, settings: Settings, folder: Path, *, demo: bool, wait_seconds: float, now: datetime,
    report: InitReport | None = None,
) -> Initialised:  # fmt: skip
    """Wait for the server, create the database where it is missing, upgrade it, and seed it if `demo`.

    Safe to run again and from several places at once. Raises DatabaseUnreachable, Refused where the role may not create the
    database, and what upgrading and seeding raise.
    """
    report = report or InitReport()
    timeout_seconds = settings.connect_timeout_seconds
    if demo:
        refuse_in_protected(settings.environment, "seeding demo data")
    reached = wait_for_server(
        target, wait_seconds=wait_seconds, timeout_seconds=timeout_seconds, need_database=False, progress=report.waiting
    )
    if demo and reached.database_exists:
        with session(target, timeout_seconds=timeout_seconds) as connection:
            refuse_in_protected(effective_environment(connection, settings.environment), "seeding demo data")
    created = False
    if not reached.database_exists:
        try:
            create_database(target, timeout_seconds=timeout_seconds)
            created = True
        except DatabaseExists:
            pass  # another init was faster
    options = RunOptions(connect_timeout_seconds=timeout_seconds)
    run = upgrade_and_record(
        target, folder, settings.environment, options=options, report=report.run, notify=report.notify
    )
    seeded = seed_demo_data(target, settings, folder, now=now) if demo else None
    return Initialised(target.database, reached.waited_seconds, created, run, seeded)
