"""Trades whose profit in percent is not what their prices make."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.trades import ODD_NUMBERS

# In percentage points; those who round to two digits are right.
_TOLERANCE = "0.01 + 1e-6 * abs((t.sell_price - t.buy_price) / t.buy_price * 100)"

_CONTRADICTS = (
    "CASE WHEN t.buy_price BETWEEN 1e-100 AND 1e100 AND t.sell_price BETWEEN 0 AND 1e100"
    " AND abs(t.profit_percentage) <= 1.7976931348623157e308"
    f" THEN abs(t.profit_percentage - (t.sell_price - t.buy_price) / t.buy_price * 100) > {_TOLERANCE} END"
)

CHECK = Check(
    name="profit-percentage",
    summary="Trades whose profit in percent is not what their prices make.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="profit_percentage is (sell_price - buy_price) / buy_price * 100. It is stored beside them, so it can be wrong,"
    " and rankings sort by it. Tolerated: 0.01 percentage points and a millionth of the value. Trades bought for"
    " nothing, or with a price that is negative or no number, are left out.",
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
