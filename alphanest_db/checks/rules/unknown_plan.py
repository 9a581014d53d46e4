"""Subscriptions with a plan that the platform does not know."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import outside
from alphanest_db.models.values import PLAN_TYPES

CHECK = Check(
    name="unknown-plan",
    summary="Subscriptions with a plan that the platform does not know.",
    tags=("integrity", "values"),
    level=Level.error,
    why="A plan that nobody knows is billed by nobody, or by whatever the code does in its last branch. Case and spaces"
    " count.",
    remedy="Put one of the known values in; where only case or a space is wrong, it is certain which.",
    rows=(outside("subscriptions", "plan_type", PLAN_TYPES),),
)
