"""Active accounts that nobody can log in to."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.secrets import HAS_ODD_PASSWORD, IS_LOCKED, IS_VERIFIABLE, IS_WEAK

CHECK = Check(
    name="unusable-hashes",
    summary="Active accounts that nobody can log in to.",
    tags=("security", "accounts"),
    level=Level.info,
    why="A hash that begins with ! is locked on purpose, as after an import; one that is cut off or of a scheme that the"
    " platform does not know is locked by accident. Either way its owner waits at the door.",
    remedy="Let the user set a new password, or deactivate the account.",
    rows=(
        RowRule(
            "users",
            f"t.is_active IS NOT FALSE AND NOT {IS_VERIFIABLE} AND NOT {IS_WEAK}",
            f"format('%L: %s', t.username, CASE WHEN {IS_LOCKED} THEN 'locked' WHEN t.hashed_password = '' THEN 'empty'"
            " ELSE 'a hash that cannot be verified' END)",
            screen=HAS_ODD_PASSWORD,
        ),
    ),
)
