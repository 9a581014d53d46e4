"""One revision, run by Alembic over a connection that is watched."""

from pathlib import Path

import psycopg2
from alembic import command
from psycopg2 import errorcodes
from sqlalchemy import Connection

from alphanest_db.database.failures import find_cause
from alphanest_db.errors import AlphanestError
from alphanest_db.schema.alembic_bridge import alembic_config, translated
from alphanest_db.schema.history import Action
from alphanest_db.schema.observing.tracing import Tracer
from alphanest_db.schema.revisions import RevisionGraph


def run_watched(
    action: Action, connection: Connection, tracer: Tracer, folder: Path, graph: RevisionGraph, goal: str
) -> str | None:
    """Upgrade or downgrade to `goal`; returns why that failed, if it did, with the statement that did."""
    try:
        with translated(graph):
            getattr(command, action.value)(alembic_config(folder, connection=connection), goal)
    except AlphanestError as failure:
        cause = find_cause(failure)
        return f"{failure.message}: {first_line(tracer.last)}{_in_the_way(cause)}" if cause else failure.message
    except Exception as failure:  # a revision is anybody's Python, and what it raises is an answer to the question
        return f"a migration failed: {type(failure).__name__}: {first_line(str(failure))}"
    return None


def _in_the_way(cause: psycopg2.Error) -> str:
    """What else uses a thing that cannot be dropped; this DETAIL holds names and no row."""
    detail = cause.diag.message_detail if cause.pgcode == errorcodes.DEPENDENT_OBJECTS_STILL_EXIST else None
    return f" ({'; '.join(detail.splitlines())})" if detail else ""


def not_run_notes(tracer: Tracer) -> tuple[str, ...]:
    """What the tracer did not let through."""
    return tuple(
        f"not run, because it holds for the whole server and not for one database: {first_line(sql)}"
        for sql in tracer.skipped
    )


def first_line(text: str) -> str:
    """The first line that is not empty.

    >>> first_line("\\n  ALTER TABLE users\\n  ADD COLUMN phone text")
    'ALTER TABLE users'
    """
    return next((line.strip() for line in text.strip().splitlines() if line.strip()), "")
