"""NaN and infinity where a number belongs."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.trades import ODD_NUMBERS

_COLUMNS = {
    "trades": ("buy_price", "sell_price", "profit_amount", "profit_percentage"),
    "market_booths": ("total_volume",),
    "nft_items": ("price",),
}
_SCREENS = {"trades": ODD_NUMBERS}
# PostgreSQL takes NaN for greater than every number.
_LARGEST = "1.7976931348623157e308"


def _not_finite(table: str, column: str) -> RowRule:
    return RowRule(
        table, f"abs(t.{column}) > {_LARGEST}", f"format('{column} is %s', t.{column})", screen=_SCREENS.get(table, "")
    )


CHECK = Check(
    name="non-finite-numbers",
    summary="NaN and infinity where a number belongs.",
    tags=("integrity", "values"),
    level=Level.error,
    why="One NaN makes every sum and average over its column NaN, and PostgreSQL sorts it above all numbers. JSON has no"
    " word for it, so the platform's answers break where such a row is among them.",
    remedy="Find the real number where it was first written down; there is no telling it from the row.",
    rows=tuple(_not_finite(table, column) for table, columns in _COLUMNS.items() for column in columns),
)
