"""Password hashes in a form that nobody can log in with."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.secrets import HAS_ODD_PASSWORD, IS_LOCKED, IS_VERIFIABLE

CHECK = Check(
    name="password-form",
    summary="Password hashes in a form that nobody can log in with.",
    tags=("integrity", "values"),
    level=Level.error,
    why="The platform verifies bcrypt ($2b$12$ and 53 characters) and passlib's $bcrypt-sha256$v=2. Anything else fails"
    " at every login: cut off on its way, made by another program, or a password as it was typed. A hash that begins"
    " with ! is locked on purpose.",
    remedy="Let the user set a new password.",
    rows=(
        RowRule(
            "users",
            f"NOT {IS_VERIFIABLE} AND NOT {IS_LOCKED}",
            "format('hashed_password has %s characters and is no bcrypt hash', char_length(t.hashed_password))",
            screen=HAS_ODD_PASSWORD,
        ),
    ),
)
