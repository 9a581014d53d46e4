"""Expiring overdue subscriptions, behind every guard."""

from dataclasses import dataclass
from datetime import datetime

from alphanest_db.accounts.subscriptions.expiry import Expired, Overdue, count_overdue, expire_overdue
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class ExpiryPlan:
    """What would expire."""

    database: str
    environment: Environment
    as_of: datetime
    overdue: tuple[Overdue, ...]

    @property
    def subscriptions(self) -> int:
        """How many."""
        return sum(kind.subscriptions for kind in self.overdue)

    @property
    def destroys(self) -> bool:
        """Whether any does: what it was before is not kept."""
        return bool(self.overdue)


def plan_expiry(target: Target, settings: Settings, *, as_of: datetime) -> ExpiryPlan:
    """What was due before `as_of` and is not paid; changes nothing."""
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        return ExpiryPlan(target.database, environment, as_of, count_overdue(connection, as_of))


def expire_confirmed(target: Target, settings: Settings, plan: ExpiryPlan, confirmation: Confirmation) -> Expired:
    """Set them to expired in one statement. Raises ConfirmationNeeded where there are any."""
    if plan.destroys:
        what = f"expiring {plan.subscriptions:,} subscriptions"
        require_confirmation(plan.environment, plan.database, what, confirmation)
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds, patient=True) as connection:
        return expire_overdue(connection, plan.as_of)
