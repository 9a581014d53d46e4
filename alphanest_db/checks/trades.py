"""What the numbers of a trade say of each other."""

# True where one of a trade's numbers may be wrong, and false for almost every trade: quickly told, but it stumbles where prices
# overflow. A price of zero, a negative or an infinite one comes through, and so does NaN, which is greater than every number: what
# is at most a part of the sell price says that this is not negative. The profit was just found equal to the difference of the
# prices, and stands for it.
ODD_NUMBERS = (
    "(t.buy_price > 0 AND t.sell_price < 1e100"
    " AND abs(t.profit_amount - (t.sell_price - t.buy_price)) <= 1e-9 * t.sell_price"
    " AND abs(t.profit_percentage * t.buy_price - t.profit_amount * 100) <= 1e-6 * t.sell_price) IS NOT TRUE"
)


def unit(*columns: str) -> str:
    """One of the last decimal that the most exact of these columns shows: of cents at most, of fifteen decimals at least."""
    shown = ", ".join(f"scale(t.{column}::numeric)" for column in columns)
    return f"power(10::float8, -least(15, greatest(2, {shown})))"


def is_more_exact(column: str, error: str) -> str:
    """True for a number that shows more decimals than its error (below 1, above 0) allows: `unit` would be dear for every trade."""
    shift = f"power(10::float8, least(15, floor(-log({error}))))"
    return f"abs(t.{column} * {shift} - round(t.{column} * {shift})) > 0.001"
