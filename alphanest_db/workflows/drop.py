"""Dropping a whole database, behind every guard."""

from dataclasses import dataclass

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.databases import TableRows, count_rows, drop_database, other_sessions
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class DropPlan:
    """What would be lost, and who is connected."""

    database: str
    environment: Environment
    tables: tuple[TableRows, ...]
    sessions: int
    destroys: bool = True


@dataclass(frozen=True)
class Dropped:
    """A database that is gone."""

    database: str


def plan_drop(target: Target, settings: Settings) -> DropPlan:
    """What dropping the database would destroy; counts all rows, changes nothing."""
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        tables = tuple(table for table in count_rows(connection) if table.rows)
        return DropPlan(target.database, environment, tables, len(other_sessions(connection)))


def drop_confirmed(
    target: Target, settings: Settings, plan: DropPlan, confirmation: Confirmation, *, force: bool
) -> Dropped:
    """Drop the database. Raises ConfirmationNeeded, and Refused where others are connected and `force` is not given."""
    require_confirmation(plan.environment, plan.database, f"dropping {plan.database}", confirmation)
    drop_database(target, force=force, timeout_seconds=settings.connect_timeout_seconds)
    return Dropped(plan.database)
