"""Taking migrations back, behind the guards."""

from dataclasses import dataclass
from pathlib import Path

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.schema.loss import DowngradePlan, plan_downgrade
from alphanest_db.schema.restoring import completed_folder
from alphanest_db.schema.runs import MigrationRun, RunOptions, RunReport, downgrade
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class GuardedDowngrade:
    """What a downgrade would do, and to how precious a database."""

    database: str
    environment: Environment
    steps: DowngradePlan

    @property
    def destroys(self) -> bool:
        """Whether rows would be lost."""
        return bool(self.steps.losses)


def plan_guarded(target: Target, settings: Settings, folder: Path, revision: str) -> GuardedDowngrade:
    """What a downgrade to `revision` would do; changes nothing. Raises UnknownRevision."""
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        with completed_folder(connection, folder) as completed:
            return GuardedDowngrade(target.database, environment, plan_downgrade(connection, completed, revision))


def downgrade_confirmed(
    target: Target, folder: Path, revision: str, plan: GuardedDowngrade, confirmation: Confirmation, *,
    options: RunOptions, report: RunReport,
) -> MigrationRun:  # fmt: skip
    """Downgrade, from the remembered source where a file is gone; what loses rows must be confirmed.

    Raises ConfirmationNeeded, and what `downgrade` raises.
    """
    if plan.destroys:
        what = f"taking back {', '.join(plan.steps.revisions)}"
        require_confirmation(plan.environment, plan.database, what, confirmation)
    with (
        session(target, timeout_seconds=options.connect_timeout_seconds) as connection,
        completed_folder(connection, folder) as completed,
    ):
        return downgrade(target, completed, revision, options=options, report=report)
