"""What migrations/env.py does: run revisions over a connection, or write them as a script.

Whoever starts the run, `alphanest db` or plain `alembic`, the same session settings hold.
"""

import warnings
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from psycopg2 import errors
from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 - psycopg2 names its class in lower case
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import SAWarning

from alphanest_db.schema.authoring.comparing import PLUGINS
from alphanest_db.schema.recorder import Recorder

DEFAULT_LOCK_TIMEOUT_SECONDS = 5.0


def run_offline(context: EnvironmentContext, models: MetaData) -> None:
    """Write the revisions as an SQL script; no database is asked."""
    context.configure(
        dialect_name="postgresql", target_metadata=models, literal_binds=True, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online(
    context: EnvironmentContext, connection: Connection, recorder: Recorder | None, models: MetaData
) -> None:
    """Run the revisions over the connection, each in a transaction of its own; `recorder` is told of each."""
    steps: dict[str, Any] = {"fn": recorder.announced(options_of(context)["fn"])} if recorder else {}
    context.configure(
        connection=connection,
        target_metadata=models,
        transaction_per_migration=True,
        **COMPARISON,
        on_version_apply=recorder,
        **steps,
    )
    with context.begin_transaction(), warnings.catch_warnings():
        # Alembic hands on what it reads of a key that is NOT VALID under a name that SQLAlchemy does not take.
        warnings.filterwarnings("ignore", "Can't validate argument '(dialect_options|not_valid)'", SAWarning)
        context.run_migrations()


def options_of(context: EnvironmentContext) -> dict[str, Any]:  # Any: Alembic's options
    """What Alembic's command asks for; env.py gets the module `alembic.context`, which hides them."""
    options: dict[str, Any] = getattr(context, "_proxy", context).context_opts
    return options


# How models and database are compared, by `db check` and by autogenerate.
COMPARISON: dict[str, Any] = {  # Any: Alembic's options
    "compare_type": True,
    "compare_server_default": True,
    "autogenerate_plugins": PLUGINS,
}


def prepare_session(
    connection: PsycopgConnection, *, lock_timeout_seconds: float, statement_timeout_seconds: float
) -> None:
    """Set what a migrating session needs; the connection must be in autocommit mode.

    A lock that is not free soon is given up, because everybody else queues up behind the one who waits. A server of version
    14 or newer ends the running statement when its client dies.
    """
    settings = {
        "lock_timeout": f"{lock_timeout_seconds * 1000:.0f}",
        "statement_timeout": f"{statement_timeout_seconds * 1000:.0f}",
        "idle_in_transaction_session_timeout": "0",
    }
    if connection.server_version >= 140000:
        settings["client_connection_check_interval"] = "1000"
    with connection.cursor() as cursor:
        for setting, value in settings.items():
            try:
                cursor.execute("SELECT pg_catalog.set_config(%s, %s, false)", (setting, value))
            except errors.InvalidParameterValue:  # no check of the client on this operating system
                continue
