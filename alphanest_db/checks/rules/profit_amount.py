"""Trades whose profit is not the difference of their prices."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.trades import ODD_NUMBERS, is_more_exact, unit

# A hundredth for those who round to cents, but no more than a hundredth of a small price; and what double precision cannot hold.
# A part of the smallest of all numbers would be an error: none is taken for smaller than 1e-200.
_ERROR = "abs(t.profit_amount - (t.sell_price - t.buy_price))"
_TINY = "1e-9 * greatest(t.buy_price + t.sell_price, 1e-200)"
# What three numbers make that are rounded, or cut off, to the decimals which they show.
_ROUNDED = f"{unit('profit_amount')} + {unit('buy_price', 'sell_price')}"

_CONTRADICTS = (
    "CASE WHEN t.buy_price BETWEEN 0 AND 1e100 AND t.sell_price BETWEEN 0 AND 1e100"
    " AND abs(t.profit_amount) <= 1.7976931348623157e308"
    f" THEN {_ERROR} > least(0.01, 0.01 * greatest(t.buy_price, 1e-200)) + {_TINY}"
    f" OR {_ERROR} > {_TINY} AND {is_more_exact('profit_amount', _ERROR)} AND {_ERROR} > {_ROUNDED} + {_TINY} END"
)

CHECK = Check(
    name="profit-amount",
    summary="Trades whose profit is not the difference of their prices.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="profit_amount is sell_price - buy_price. It is stored beside them, so it can be wrong, and reports add it up."
    " Tolerated: 0.01, for prices below 1 a hundredth of the buy price; where all show"
    " more decimals, what rounding to those can make. Trades with a price that is negative or no number are left"
    " to the checks on those.",
    remedy="Compute it again from the prices, unless it is they that are wrong.",
    rows=(
        RowRule(
            "trades",
            _CONTRADICTS,
            "format('profit_amount is %s, and the prices make %s', t.profit_amount, t.sell_price - t.buy_price)",
            "UPDATE {table} SET profit_amount = sell_price - buy_price WHERE {key};",
            screen=ODD_NUMBERS,
        ),
    ),
)
