"""What migrations/env.py runs: the same safety for plain `alembic` as for `alphanest db`."""

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path

import psycopg2
from alembic.runtime.environment import EnvironmentContext
from alembic.util import CommandError
from sqlalchemy import MetaData

from alphanest_db.database.admin import record_environment
from alphanest_db.database.connect import connect, session
from alphanest_db.database.engine import single_engine
from alphanest_db.database.locks import MIGRATION_WORK, MIGRATOR, acquire, advisory_lock
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError
from alphanest_db.models.metadata import metadata
from alphanest_db.schema.concurrent_builds import prepare_concurrent_builds
from alphanest_db.schema.environment import options_of, prepare_session, run_offline, run_online
from alphanest_db.schema.history import ensure_history, program_name
from alphanest_db.schema.recorder import Recorder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import APPLICATION_NAME, RunOptions
from alphanest_db.settings import Environment, load_settings
from alphanest_db.workflows.targeting import reach_target

_OPTIONS = RunOptions()
_log = logging.getLogger("alembic.alphanest")


def run_environment(
    context: EnvironmentContext, environ: Mapping[str, str], folder: Path, models: MetaData = metadata
) -> None:
    """Run what Alembic asks for: as a script, over the connection that `alphanest db` handed over, or over one of our own.

    `models` are what the database is compared with, and what autogenerate makes it like.
    """
    if context.is_offline_mode():
        run_offline(context, models)
    elif connection := context.config.attributes.get("connection"):
        run_online(context, connection, context.config.attributes.get("recorder"), models)
    else:
        _run_alone(context, environ, folder, models)


def _run_alone(context: EnvironmentContext, environ: Mapping[str, str], folder: Path, models: MetaData) -> None:
    """Work is done under the migrator's lock and remembered; what only reads, such as `alembic current`, changes nothing."""
    try:
        settings = load_settings(environ, folder)
        target = reach_target(settings, notify=_log.info)
        _log.info("database %s", target.url())
        if _works(context):
            with advisory_lock(target, MIGRATOR, wait_seconds=_OPTIONS.lock_wait_seconds):
                _work(context, target, models)
            _record(target, settings.environment)
        else:
            with single_engine(connect(target)).connect() as connection:
                run_online(context, connection, None, models)
    except AlphanestError as error:
        raise CommandError(f"{error.message}. {error.hint or ''}".strip()) from error


def _works(context: EnvironmentContext) -> bool:
    """True for upgrade, downgrade and stamp: Alembic tells its commands apart by the function that they hand over."""
    return getattr(options_of(context).get("fn"), "__name__", "") in ("upgrade", "downgrade", "do_stamp")


def _work(context: EnvironmentContext, target: Target, models: MetaData) -> None:
    raw = connect(target, application_name=APPLICATION_NAME, autocommit=True)
    with contextlib.closing(raw):
        acquire(raw, MIGRATION_WORK, wait_seconds=_OPTIONS.lock_wait_seconds)
        prepare_session(raw, lock_timeout_seconds=_OPTIONS.lock_timeout_seconds, statement_timeout_seconds=0)
        graph = read_revisions(Path(context.script.dir))
        recorder = Recorder(graph, program_name("alembic"), remembers=ensure_history(raw))
        with single_engine(raw).connect() as connection:
            raw.autocommit = False
            prepare_concurrent_builds(connection, _OPTIONS.lock_timeout_seconds, dropped=_tell_dropped)
            run_online(context, connection, recorder, models)


def _tell_dropped(index: str) -> None:
    _log.warning("dropped the INVALID index %s, left by a build that was interrupted; it is built anew", index)


def _record(target: Target, environment: Environment) -> None:
    with session(target) as connection, contextlib.suppress(psycopg2.Error):
        record_environment(connection, environment)
