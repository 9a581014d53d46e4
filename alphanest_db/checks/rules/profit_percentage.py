"""Trades whose profit in percent is not what their prices make."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.trades import ODD_NUMBERS, is_more_exact, unit

_ACTUAL = "(t.sell_price - t.buy_price) / t.buy_price * 100"
_ERROR = f"abs(t.profit_percentage - {_ACTUAL})"
_PART = f"1e-6 * abs({_ACTUAL})"
_RATIO = "(greatest(t.sell_price, 1e-200) / t.buy_price)"
# In percentage points: what numbers make that are rounded, or cut off, to the decimals which they show.
_ROUNDED = (
    f"{unit('profit_percentage')} + 100 * {unit('buy_price', 'sell_price')} / t.buy_price * (1 + {_RATIO})"
    f" + 2e-6 * {_RATIO}"
)

_CONTRADICTS = (
    "CASE WHEN t.buy_price BETWEEN 1e-100 AND 1e100 AND t.sell_price BETWEEN 0 AND 1e100"
    " AND abs(t.profit_percentage) <= 1.7976931348623157e308"
    f" THEN {_ERROR} > 0.01 + {_PART}"
    f" OR {_ERROR} > 1e-15 AND {is_more_exact('profit_percentage', _ERROR)} AND {_ERROR} > {_ROUNDED} + {_PART} END"
)

CHECK = Check(
    name="profit-percentage",
    summary="Trades whose profit in percent is not what their prices make.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="profit_percentage is (sell_price - buy_price) / buy_price * 100. It is stored beside them, so it can be wrong,"
    " and rankings sort by it. Tolerated: 0.01 percentage points and a millionth of the value; where it shows"
    " more decimals, what rounding it and the prices to theirs can make. Trades bought for nothing, or with a price that is"
    " negative or no number, are left out.",
    remedy="Compute it again from the prices, unless it is they that are wrong.",
    rows=(
        RowRule(
            "trades",
            _CONTRADICTS,
            "format('profit_percentage is %s, and the prices make %s', t.profit_percentage,"
            " (t.sell_price - t.buy_price) / t.buy_price * 100)",
            "UPDATE {table} SET profit_percentage = (sell_price - buy_price) / buy_price * 100 WHERE {key};",
            screen=ODD_NUMBERS,
        ),
    ),
)
