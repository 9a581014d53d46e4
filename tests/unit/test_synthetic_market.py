"""Prices of a synthetic platform, however old it is."""

from datetime import date

import numpy as np

from alphanest_db.seeding.synthetic.draws import Draws
from alphanest_db.seeding.synthetic.market import PAIRS, Walks
from alphanest_db.seeding.synthetic.parameters import MOST_DAYS, Parameters
from alphanest_db.seeding.synthetic.rhythm import HOUR


def test_prices_of_ten_years_never_stand_still_and_never_jump() -> None:
    parameters = Parameters(users=1, trades=1, items_per_user=0, days=MOST_DAYS, seed=1, until=date(2026, 11, 25))
    hours = int(parameters.start.timestamp()) * 1_000_000 + np.arange(MOST_DAYS * 24) * HOUR
    for number, pair in enumerate(PAIRS):
        prices = Walks(parameters, Draws(1)).prices(np.full(len(hours), number), hours)
        assert prices.min() >= pair.price / 50
        assert prices.max() <= pair.price * 50
        steps = np.abs(prices[1:] / prices[:-1] - 1.0)
        assert steps.max() <= 3 * pair.hourly_move * 1.1, pair.name
        days = steps[: (MOST_DAYS - 1) * 24].reshape(-1, 24).max(axis=1)
        assert days.min() > 0, f"{pair.name} stood still on {np.count_nonzero(days == 0)} days"
