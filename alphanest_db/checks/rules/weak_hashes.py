"""Passwords that are stored as they were typed, or so that they are guessed in no time."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.secrets import HAS_ODD_PASSWORD, IS_WEAK

CHECK = Check(
    name="weak-hashes",
    summary="Passwords stored in a form that is guessed in no time.",
    tags=("security", "accounts"),
    level=Level.error,
    why="Billions of MD5 or SHA-1 hashes are tried in a second; a toy hash or the password itself needs not even that."
    " Such a row came from another program, and nobody can log in with it here, but its owner uses the password"
    " elsewhere, too.",
    remedy="Take the hash away by putting a ! before it or in its place, and let the user set a new password.",
    rows=(
        RowRule(
            "users",
            IS_WEAK,
            "format('%L: %s', t.username, CASE WHEN t.hashed_password !~ '[^0-9A-Fa-f]' AND length(t.hashed_password) >= 32"
            " THEN 'a bare hash of ' || length(t.hashed_password) || ' hexadecimal digits'"
            " WHEN starts_with(t.hashed_password, '$') OR starts_with(t.hashed_password, '{') THEN 'an outdated hash'"
            " ELSE 'no hash at all' END)",
            "UPDATE {table} SET hashed_password = '!' WHERE {key};",
            screen=HAS_ODD_PASSWORD,
        ),
    ),
)
