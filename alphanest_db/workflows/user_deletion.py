"""Deleting a user, behind every guard."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.lookup import FoundUser, get_user
from alphanest_db.accounts.users.deletion import DeletedUser, UserRowCounts, count_user_rows, delete_user, lock_user
from alphanest_db.accounts.users.export import export_user
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.private_files import new_private_file, require_new
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class DeletionPlan:
    """Who would be deleted, and what with them."""

    database: str
    environment: Environment
    user: FoundUser
    rows: UserRowCounts
    destroys: bool = True


def plan_user_deletion(target: Target, settings: Settings, text: str, *, export: Path | None = None) -> DeletionPlan:
    """What deleting the user who goes by `text` would destroy; changes nothing.

    Raises UnknownUser and AmbiguousUser, and InvalidInput where the export could not be written.
    """
    if export is not None:
        require_new(export)
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        user = get_user(connection, text)
        environment = effective_environment(connection, settings.environment)
        return DeletionPlan(target.database, environment, user, count_user_rows(connection, user))


def delete_user_confirmed(
    target: Target, settings: Settings, plan: DeletionPlan, confirmation: Confirmation, *,
    export: Path | None = None, now: datetime,
) -> DeletedUser:  # fmt: skip
    """Delete the user; an export is on the disk before, and holds all that goes. Raises ConfirmationNeeded."""
    require_confirmation(plan.environment, plan.database, f"deleting {plan.user.username}", confirmation)
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        lock_user(connection, plan.user)
        if export is not None:
            write_export(connection, plan.user, export, now=now)
        return delete_user(connection, plan.user, export=str(export) if export else None)


def write_export(connection: Connection, user: FoundUser, path: Path, *, now: datetime) -> None:
    """Put everything about the user into a new file that only its owner can read."""
    with new_private_file(path) as file:
        file.writelines(line + "\n" for line in export_user(connection, user, now=now))
