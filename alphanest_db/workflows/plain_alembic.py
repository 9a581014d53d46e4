"""What migrations/env.py runs: the same safety for plain `alembic` as for `alphanest db`."""

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path

from alembic.runtime.environment import EnvironmentContext

from alphanest_db.database.connect import connect
from alphanest_db.database.engine import single_engine
from alphanest_db.database.locks import MIGRATION_WORK, MIGRATOR, acquire, advisory_lock
from alphanest_db.schema.environment import (
    drop_invalid_indexes,
    prepare_session,
    run_offline,
    run_online,
    wait_patiently_for_concurrent_builds,
)
from alphanest_db.schema.history import ensure_history, program_name
from alphanest_db.schema.recorder import Recorder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import APPLICATION_NAME, RunOptions
from alphanest_db.settings import load_settings
from alphanest_db.workflows.targeting import reach_target

_log = logging.getLogger("alembic.alphanest")


def run_environment(context: EnvironmentContext, environ: Mapping[str, str], folder: Path) -> None:
    """Run what Alembic asks for: as a script, over the connection that `alphanest db` handed over, or over one of our own."""
    if context.is_offline_mode():
        run_offline(context)
    elif connection := context.config.attributes.get("connection"):
        run_online(context, connection, context.config.attributes.get("recorder"))
    else:
        _run_alone(context, environ, folder)


def _run_alone(context: EnvironmentContext, environ: Mapping[str, str], folder: Path) -> None:
    options = RunOptions()
    target = reach_target(load_settings(environ, folder), notify=_log.info)
    _log.info("database %s", target.url())
    with advisory_lock(target, MIGRATOR, wait_seconds=options.lock_wait_seconds):
        raw = connect(target, application_name=APPLICATION_NAME, autocommit=True)
        with contextlib.closing(raw):
            acquire(raw, MIGRATION_WORK, wait_seconds=options.lock_wait_seconds)
            prepare_session(raw, lock_timeout_seconds=options.lock_timeout_seconds, statement_timeout_seconds=0)
            for index in drop_invalid_indexes(raw):
                _log.warning("dropped the INVALID index %s, left by a build that was interrupted", index)
            folder = Path(context.script.dir)
            recorder = Recorder(read_revisions(folder), program_name("alembic"), remembers=ensure_history(raw))
            with single_engine(raw).connect() as connection:
                raw.autocommit = False
                wait_patiently_for_concurrent_builds(connection, options.lock_timeout_seconds)
                run_online(context, connection, recorder)
