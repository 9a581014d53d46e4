"""Trades: who made them and when, and what they brought; a block of them at a time, without a loop over them."""

from dataclasses import dataclass

import numpy as np

from alphanest_db.seeding.synthetic.draws import Bits, Booleans, Floats, Ints, field
from alphanest_db.seeding.synthetic.market import EXCHANGES, PAIRS, ROUTES, TICK
from alphanest_db.seeding.synthetic.people import time_ids
from alphanest_db.seeding.synthetic.world import World

_CHOICES = 10  # bits
_PAIR_OF = np.repeat(np.arange(len(PAIRS)), [pair.share for pair in PAIRS])
_TICK_OF = np.array([TICK // 10**pair.decimals for pair in PAIRS])
_FEES = np.array([EXCHANGES[exchange].fee / 100 for route in ROUTES for exchange in route]).reshape(-1, 2)
# How far, at most, an exchange's price is below or above that of the others; and how many of a hundred chances were taken.
_APART = 0.005
_TAKEN = 93
_PERCENT = 100


@dataclass(frozen=True)
class Trades:
    """Trades in the order of time: `pairs` and `routes` are places in PAIRS and ROUTES, money and percentages are millionths."""

    ids: tuple[Bits, Bits]
    user_ids: tuple[Bits, Bits]
    pairs: Ints
    routes: Ints
    bought: Ints
    sold: Ints
    profit: Ints
    percentage: Ints
    executed: Booleans
    at: Ints


def trades_of(world: World, places: Ints) -> Trades:
    """The trades at these places."""
    spread = world.draws.shares("traded", places)
    at = world.rhythm.activity.moments((places + spread) / world.parameters.trades)
    traders = world.people.choose("traders", places, at)
    lots = world.draws.bits("trades", places)
    pairs, routes = _PAIR_OF[field(lots, 0, _CHOICES)], field(lots, _CHOICES, 16) % len(ROUTES)
    bought, sold = _prices(world.walks.prices(pairs, at), _FEES[routes], lots, _TICK_OF[pairs])
    profit = sold - bought
    percentage = np.rint(profit * (_PERCENT * TICK / bought)).astype(np.int64)
    executed = (profit > 0) & (field(lots, 56, 8) % 100 < _TAKEN)
    ids = time_ids(world.draws.bits("trade ids", places), at)
    return Trades(ids, world.people.ids(traders), pairs, routes, bought, sold, profit, percentage, executed, at)


def _prices(price: Floats, fees: Floats, lots: Bits, ticks: Ints) -> tuple[Ints, Ints]:
    """What was paid and what was got, in millionths: the fees of the exchanges are in both, so their difference is the profit."""
    below, above = (field(lots, low, 15) * (_APART / 2**15) for low in (26, 41))
    paid = price * (1.0 - below) * (1.0 + fees[:, 0])
    got = price * (1.0 + above) * (1.0 - fees[:, 1])
    return _rounded(paid, ticks), _rounded(got, ticks)


def _rounded(prices: Floats, ticks: Ints) -> Ints:
    return np.maximum(np.rint(prices * TICK / ticks).astype(np.int64), 1) * ticks
