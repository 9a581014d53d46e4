"""Words that are one of the platform's but for case and the spaces around them; what another word means, only people know."""

from collections.abc import Iterator

from psycopg2 import sql

from alphanest_db.checks.repair.work import Work, choose
from alphanest_db.database.identifiers import literal, name, statement
from alphanest_db.journal.shape import Shape
from alphanest_db.models.values import LAYOUTS, PLAN_TYPES, RARITIES, SUBSCRIPTION_STATUSES, THEMES

_LISTS = {
    "unknown-status": ("subscriptions", "status", SUBSCRIPTION_STATUSES),
    "unknown-plan": ("subscriptions", "plan_type", PLAN_TYPES),
    "unknown-theme": ("market_booths", "theme", THEMES),
    "unknown-layout": ("market_booths", "layout", LAYOUTS),
    "unknown-rarity": ("nft_items", "rarity", RARITIES),
}
# Spaces of all kinds, and those that nobody sees: no-break, zero-width, the mark at the beginning of a file.
_SPACES = " \t\n\r\f\v\u00a0\u2007\u202f\u3000\u200b\ufeff"
# Each word by its own letters: lower() of a Turkish locale knows another i.
_MEANT = 'pg_catalog.lower(pg_catalog.btrim({column}::text, {spaces}) COLLATE pg_catalog."C")'


def correct_values(work: Work) -> None:
    """Put the words that are certain in the place of what stands there; those of one row at once, or the constraint on the
    second would refuse the change of the first."""
    for check, (table, column, words) in _LISTS.items():
        shape = work.find_shape(table, column) if work.wants(check) else None
        if shape:
            values = {column: _meant(column), **_others(work, shape, column)}
            chosen = choose(work, check, shape, _is_certain(column, words), values=values)
            if chosen:
                work.recording.update(chosen, list(values), check)


def _others(work: Work, shape: Shape, column: str) -> dict[str, sql.Composable]:
    """The other words of the row, corrected where that is wanted and certain."""
    values: dict[str, sql.Composable] = {}
    for check, (table, other, words) in _LISTS.items():
        if table == shape.table and other != column and work.wants(check) and shape.column(other):
            certain = statement("{} AND {}", _is_certain(other, words), work.counts(check, shape))
            values[other] = statement("CASE WHEN {} THEN {} ELSE {} END", certain, _meant(other), name("t", other))
    return values


def _is_certain(column: str, words: tuple[str, ...]) -> sql.Composable:
    listed = sql.SQL(", ").join(_literals(words))
    return statement("t.{0}::text NOT IN ({1}) AND {2} IN ({1})", name(column), listed, _meant(column))


def _meant(column: str) -> sql.Composable:
    return statement(_MEANT, column=name("t", column), spaces=literal(_SPACES))


def _literals(words: tuple[str, ...]) -> Iterator[sql.Composable]:
    return (literal(str(word)) for word in words)
