"""Texts that end where their column does."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

_TEXTS = {
    "users": ("email", "username", "stripe_customer_id"),
    "subscriptions": ("stripe_subscription_id",),
    "trades": ("pair", "buy_exchange", "sell_exchange"),
    "nft_items": ("name", "creator"),
}
# Emoji may be as long as the column in all right; letters are the beginning of something, such as https://im. Those of most
# alphabets take two bytes at most, where an emoji takes three or four for each of its parts.
_EMOJI = {"users": ("avatar",), "nft_items": ("image_url",)}


def _rules(ground: Ground) -> Iterator[RowRule]:
    """The width is the database's: it may differ from the models'."""
    for columns, is_full in (
        (_TEXTS, "octet_length(t.{0}) >= {1} AND char_length(t.{0}) = {1}"),
        (_EMOJI, "octet_length(t.{0}) >= {1} AND char_length(t.{0}) = {1} AND octet_length(t.{0}) < 3 * {1}"),
    ):
        for table in columns.keys() & ground.tables.keys():
            widths = ground.tables[table].widths
            yield from (
                _rule(table, column, width, is_full) for column in columns[table] if (width := widths.get(column))
            )


def _rule(table: str, column: str, width: int, is_full: str) -> RowRule:
    return RowRule(
        table,
        is_full.format(column, width),
        f"format('{column} fills its {width} characters: %L', t.{column})",
    )


CHECK = Check(
    name="cut-off-texts",
    summary="Texts that end where their column does.",
    tags=("integrity", "values"),
    level=Level.info,
    why="PostgreSQL refuses a text that is too long, so programs cut it off first, and nobody is told. A text that ends"
    " exactly where its column does is rarely that long by chance.",
    remedy="Compare it with where it came from; widen the column if it needs more room.",
    rules=_rules,
    by_hand="SELECT id, name FROM nft_items WHERE char_length(name) = 255;",
)
