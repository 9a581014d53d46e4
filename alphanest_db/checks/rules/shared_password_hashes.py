"""Users with the same password hash as another one."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Join, RowRule
from alphanest_db.checks.secrets import IS_LOCKED, is_synthetic

_SAME = Join(
    "same_hash",
    "(SELECT hashed_password AS hash, min(id) AS id FROM users GROUP BY hashed_password HAVING count(*) > 1)",
    "same_hash.hash = t.hashed_password",
)


def _rules(ground: Ground) -> Iterator[RowRule]:
    """Where no real people log in, synthetic users may share what everybody knows."""
    shared = f"same_hash.id <> t.id AND NOT {IS_LOCKED}"
    if ground.is_quiet:
        shared += f" AND NOT {is_synthetic(ground)}"
    yield RowRule(
        "users",
        shared,
        "format('%L has the password hash of user %s', t.username, same_hash.id)",
        "UPDATE {table} SET hashed_password = '!' WHERE {key};",
        (_SAME,),
        alone=True,
    )


CHECK = Check(
    name="shared-password-hashes",
    summary="Users with the same password hash as another one.",
    tags=("security", "accounts"),
    level=Level.error,
    why="Every hash has a salt of its own, so that two equal ones were copied: a test account, a script that set one password for"
    " many, or somebody who gave themselves another's password. Of each group with one hash, all but one are counted."
    " In development and test, users of `seed synthetic` are left out: they share a known password on purpose.",
    remedy="Let all of them set new passwords.",
    rules=_rules,
    by_hand="SELECT hashed_password, array_agg(username) FROM users GROUP BY 1 HAVING count(*) > 1;",
)
