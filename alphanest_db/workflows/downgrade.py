"""Taking migrations back, behind the guards."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.schema.downgrading.model import DowngradePlan
from alphanest_db.schema.downgrading.plan import Workplace, plan_downgrade
from alphanest_db.schema.restoring import completed_folder
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.runs import MigrationRun, RunOptions, RunReport, downgrade
from alphanest_db.schema.status import read_status
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
        """Whether rows would be lost, or might be."""
        return self.steps.may_lose or (self.environment.is_protected and bool(self.steps.revisions))


@contextlib.contextmanager
def usable_folder(connection: Connection, folder: Path, *, remembered: bool) -> Iterator[Path]:
    """The migrations; with `remembered`, completed by the sources that the database keeps, which are then run as code.

    Raises DatabaseAhead where one is missing and `remembered` is not said: whoever may write that table could have planted it.
    """
    if remembered:
        with completed_folder(connection, folder) as completed:
            yield completed
    else:
        read_status(connection, read_revisions(folder))
        yield folder


def plan_guarded(
    target: Target,
    settings: Settings,
    folder: Path,
    revision: str,
    environ: Mapping[str, str],
    *,
    remembered: bool = False,
) -> GuardedDowngrade:
    """What a downgrade to `revision` would do, tried on a scratch database; the target itself is only read.

    Raises UnknownRevision and DatabaseAhead.
    """
    workplace = Workplace(target, settings.home, environ, settings.connect_timeout_seconds)
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        with usable_folder(connection, folder, remembered=remembered) as usable:
            plan = plan_downgrade(connection, usable, revision, workplace)
            return GuardedDowngrade(target.database, environment, plan)


def downgrade_confirmed(
    target: Target, folder: Path, plan: GuardedDowngrade, confirmation: Confirmation, *, options: RunOptions,
    report: RunReport, remembered: bool = False,
) -> MigrationRun:  # fmt: skip
    """Carry the plan out, and nothing else; what may lose rows must be confirmed.

    Raises ConfirmationNeeded, Refused where the database has moved since, and what `downgrade` raises.
    """
    steps = plan.steps
    if plan.destroys:
        what = f"taking back {', '.join(steps.revisions)}"
        require_confirmation(plan.environment, plan.database, what, confirmation)
    if not steps.revisions:
        return MigrationRun(plan.database, (), steps.start)
    with (
        session(target, timeout_seconds=options.connect_timeout_seconds) as connection,
        usable_folder(connection, folder, remembered=remembered) as usable,
    ):
        return downgrade(target, usable, steps.goal, start=steps.start, options=options, report=report)
