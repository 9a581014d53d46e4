"""What a check says of itself: for `check explain`, and for its page in the docs."""

from dataclasses import dataclass

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.registry import get_check
from alphanest_db.checks.rows import Computed, Join, Lookup, Presence, RowRule

_FOR_EVERYBODY = "In development and test it is no more than {}."


@dataclass(frozen=True)
class Listed:
    """A check as `check list` shows it."""

    name: str
    level: Level
    tags: tuple[str, ...]
    summary: str


@dataclass(frozen=True)
class Explanation:
    """A check explained; `by_hand` is SQL that shows the same, or the command that does."""

    name: str
    level: Level
    tags: tuple[str, ...]
    summary: str
    why: str
    by_hand: str
    remedy: str


def listed(check: Check) -> Listed:
    """One line of the list."""
    return Listed(check.name, check.level, check.tags, check.summary)


def explain(name: str) -> Explanation:
    """The explanation of the check of that name. Raises InvalidInput."""
    check = get_check(name)
    why = f"{check.why} {_FOR_EVERYBODY.format(check.quiet_level)}" if check.quiet_level else check.why
    by_hand = check.by_hand or "\n".join(_query(rule) for rule in check.rows)
    return Explanation(check.name, check.level, check.tags, check.summary, why, by_hand, check.remedy)


def _query(rule: RowRule) -> str:
    """The rule as a query of its own."""
    joins = "".join(f"\n{_join(join)}" for join in rule.joins if not isinstance(join, Computed))
    return f"SELECT t.* FROM {rule.table} AS t{joins}\nWHERE {rule.careful or rule.condition};"  # noqa: S608 - shown, and never run


def _join(join: Lookup | Presence | Join) -> str:
    if isinstance(join, Join):
        return f"LEFT JOIN {join.source} AS {join.alias} ON {join.on}"
    return f"LEFT JOIN {join.table} AS {join.alias} ON {join.alias}.{join.referenced} = t.{join.column}"
