"""Subscriptions with a status that the platform does not know."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import outside
from alphanest_db.models.values import SUBSCRIPTION_STATUSES

CHECK = Check(
    name="unknown-status",
    summary="Subscriptions with a status that the platform does not know.",
    tags=("integrity", "values"),
    level=Level.error,
    why="Deployed databases have no constraint that stops 'actve'. Whoever asks for active subscriptions does not get"
    " that one, and nobody is told. Case and spaces count.",
    remedy="Put one of the known values in; where only case or a space is wrong, it is certain which.",
    rows=(outside("subscriptions", "status", SUBSCRIPTION_STATUSES),),
)
