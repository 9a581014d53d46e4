"""Words that are one of the platform's but for case and the spaces around them; what another word means, only people know."""

from collections.abc import Iterator

from psycopg2 import sql

from alphanest_db.checks.repair.work import Work, choose
from alphanest_db.database.identifiers import literal, name, statement
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
    """Put the word that is certain in the place of what stands there."""
    for check, (table, column, words) in _LISTS.items():
        shape = work.find_shape(table, column) if work.wants(check) else None
        if shape:
            meant = statement(_MEANT, column=name("t", column), spaces=literal(_SPACES))
            listed = sql.SQL(", ").join(_literals(words))
            certain = statement("t.{0}::text NOT IN ({1}) AND {2} IN ({1})", name(column), listed, meant)
            chosen = choose(work, check, shape, certain, values={column: meant})
            if chosen:
                work.recording.update(chosen, [column], check)


def _literals(words: tuple[str, ...]) -> Iterator[sql.Composable]:
    return (literal(str(word)) for word in words)
