"""Upgrading a database, and writing down in it which environment it serves."""

from collections.abc import Callable
from pathlib import Path

import psycopg2

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.admin import read_environment, record_environment
from alphanest_db.database.connect import session
from alphanest_db.database.failures import primary_message
from alphanest_db.database.target import Target
from alphanest_db.schema.runs import MigrationRun, RunOptions, RunReport, stamp, upgrade
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.guards import effective_environment


def upgrade_and_record(
    target: Target, folder: Path, environment: Environment, revision: str = "head", *,
    options: RunOptions | None = None, report: RunReport | None = None,
    notify: Callable[[str], None] = lambda _text: None,
) -> MigrationRun:  # fmt: skip
    """Upgrade, and record the environment in the database, the stricter one where one is recorded already.

    Where the role may not make the tool's schema, the environment is not recorded, and `notify` is told so.
    Raises what `upgrade` raises.
    """
    run = upgrade(target, folder, revision, options=options, report=report)
    timeout_seconds = (options or RunOptions()).connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        if environment.stricter(recorded := read_environment(connection)) != recorded:
            try:
                record_environment(connection, environment)
            except psycopg2.Error as error:
                notify(f"the environment {environment} could not be recorded in the database: {primary_message(error)}")
    return run


def stamp_confirmed(
    target: Target, settings: Settings, folder: Path, revision: str, confirmation: Confirmation, *, purge: bool = False
) -> MigrationRun:
    """Write down that the database stands at `revision`; in staging and production only with its name.

    Raises ConfirmationNeeded, and what `stamp` raises.
    """
    timeout_seconds = settings.connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
    require_confirmation(environment, target.database, f"stamping {target.database}", confirmation)
    return stamp(target, folder, revision, purge=purge, options=RunOptions(connect_timeout_seconds=timeout_seconds))
