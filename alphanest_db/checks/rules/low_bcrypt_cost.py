"""Passwords hashed with too little effort."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

_LEAST = 10  # what OWASP's password storage cheat sheet asks for
_OF_BCRYPT = "substr(t.hashed_password, 5, 2)"
_OF_SHA256 = r"lpad(substring(t.hashed_password from ',r=([0-9]{1,2})\$'), 2, '0')"
_COST = (
    f"CASE WHEN t.hashed_password LIKE '$2_$__$%' THEN {_OF_BCRYPT}"
    f" WHEN starts_with(t.hashed_password, '$bcrypt-sha256$') THEN {_OF_SHA256} END"
)


def _rules(ground: Ground) -> Iterator[RowRule]:
    """Where no real people log in, the cost that is configured is enough, however low."""
    least = min(_LEAST, ground.platform.bcrypt_cost) if ground.is_quiet else _LEAST
    too_low = ", ".join(f"'{cost:02}'" for cost in range(least))
    message = f"format('%L: cost %s, at least {least} is wanted', t.username, {_COST})"
    yield RowRule("users", f"{_COST} IN ({too_low})", message)


CHECK = Check(
    name="low-bcrypt-cost",
    summary="Passwords hashed with too little effort (bcrypt cost below 10).",
    tags=("security", "accounts"),
    level=Level.warning,
    why="Each step of the cost doubles the work of guessing. With 4, as in tests, a graphics card tries thousands of times as many"
    " passwords as with 12. In development and test, a lower ALPHANEST_BCRYPT_COST is taken as meant.",
    remedy="Hash the password anew when its owner logs in the next time.",
    rules=_rules,
    by_hand="SELECT substr(hashed_password, 5, 2) AS cost, count(*) FROM users GROUP BY 1;",
)
