"""Users with the same password hash as another one."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Join, RowRule
from alphanest_db.checks.secrets import IS_LOCKED

CHECK = Check(
    name="shared-password-hashes",
    summary="Users with the same password hash as another one.",
    tags=("security", "accounts"),
    level=Level.error,
    why="Every hash has a salt of its own, so that two equal ones were copied: a test account, a script that set one password for"
    " many, or somebody who gave themselves another's password. Of each group with one hash, all but one are counted.",
    remedy="Let all of them set new passwords.",
    rows=(
        RowRule(
            "users",
            f"same_hash.id <> t.id AND NOT {IS_LOCKED}",
            "format('%L has the password hash of user %s', t.username, same_hash.id)",
            "UPDATE {table} SET hashed_password = '!' WHERE {key};",
            (
                Join(
                    "same_hash",
                    "(SELECT hashed_password AS hash, min(id) AS id FROM users GROUP BY hashed_password HAVING count(*) > 1)",
                    "same_hash.hash = t.hashed_password",
                ),
            ),
        ),
    ),
)
