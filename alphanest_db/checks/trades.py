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
