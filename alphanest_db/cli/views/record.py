"""How what the database remembers of its migrations looks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View

if TYPE_CHECKING:
    from alphanest_db.database.locks import LockHolder
    from alphanest_db.schema.history import MigrationRecord
    from alphanest_db.schema.verification import ChangedRevision


def holder_view(holder: "LockHolder | None") -> View:
    """Who migrates."""
    if holder is None:
        return [Lines(["nobody is migrating"])]
    rows = [
        ("process", str(holder.pid)),
        ("user", holder.user),
        ("program", holder.application_name),
        ("from", holder.client),
        ("since", holder.since),
        ("statement", holder.statement),
    ]
    return [Grid(("what", "value"), rows)]


def changed_view(changed: Sequence["ChangedRevision"]) -> View:
    """Files that are not what was run."""
    if not changed:
        return [Lines(["the files of all remembered migrations are as they were run"])]
    rows = [(item.revision, item.state, item.message, item.applied_at, item.applied_by) for item in changed]
    return [Grid(("revision", "file", "message", "applied at", "applied by"), rows)]


def log_view(records: Sequence["MigrationRecord"]) -> View:
    """Everything that was run."""
    if not records:
        return [Lines(["no migration is remembered in this database"])]
    rows = [
        (item.finished_at, item.action, item.revision, item.outcome, round(item.duration_seconds, 3), item.by,
         item.program, item.error or item.message)
        for item in records
    ]  # fmt: skip
    columns = ("at", "action", "revision", "outcome", "seconds", "by", "program", "message")
    return [Grid(columns, rows, styles=["red" if item.error else "" for item in records])]
