"""Rows of trades: a block of them at a time, in the order of time, without a loop over them."""

import numpy as np

from alphanest_db.seeding.synthetic.draws import Bits, Floats, Ints, field
from alphanest_db.seeding.synthetic.market import EXCHANGES, PAIRS, ROUTES, TICK
from alphanest_db.seeding.synthetic.people import time_ids
from alphanest_db.seeding.synthetic.text import (
    MOMENT_WIDTH,
    NUMBER_WIDTH,
    UUID_WIDTH,
    Text,
    words,
    write_numbers,
    write_uuids,
)
from alphanest_db.seeding.synthetic.world import World

_CHOICES = 10  # bits
_PAIR_OF = np.repeat(np.arange(len(PAIRS)), [pair.share for pair in PAIRS])
_TICK_OF = np.array([TICK // 10**pair.decimals for pair in PAIRS])
_ROUTES = np.array(ROUTES)
_FEES = np.array([exchange.fee / 100 for exchange in EXCHANGES])
_PAIR_TEXT, _EXCHANGE_TEXT = words([pair.name for pair in PAIRS]), words([exchange.name for exchange in EXCHANGES])
# How far, at most, an exchange's price is below or above that of the others; and how many of a hundred chances were taken.
_APART = 0.005
_TAKEN = 93
_PERCENT = 100

_WIDTHS = (
    UUID_WIDTH, UUID_WIDTH, _PAIR_TEXT.shape[1], _EXCHANGE_TEXT.shape[1], _EXCHANGE_TEXT.shape[1], NUMBER_WIDTH, NUMBER_WIDTH,
    NUMBER_WIDTH + 1, NUMBER_WIDTH + 1, 1, MOMENT_WIDTH,
)  # fmt: skip
_ENDS = np.cumsum([width + 1 for width in _WIDTHS])  # each with the tab or the line's end after it
_COLUMNS = [slice(int(end) - width - 1, int(end) - 1) for end, width in zip(_ENDS, _WIDTHS, strict=True)]


def trade_rows(world: World, places: Ints) -> bytes:
    """The rows of the trades at these places, as COPY text."""
    spread = world.draws.shares("traded", places)
    at = world.rhythm.activity.moments((places + spread) / world.parameters.trades)
    traders = world.people.choose("traders", places, at)
    lots = world.draws.bits("trades", places)
    pairs, routes = _PAIR_OF[field(lots, 0, _CHOICES)], _ROUTES[field(lots, _CHOICES, 16) % len(_ROUTES)]
    bought, sold = _prices(world.walks.prices(pairs, at), routes, lots, _TICK_OF[pairs])
    profit = sold - bought
    percentage = np.rint(profit * (_PERCENT * TICK / bought)).astype(np.int64)
    executed = (profit > 0) & (field(lots, 56, 8) % 100 < _TAKEN)

    rows = np.empty((len(places), int(_ENDS[-1])), np.uint8)
    rows[:, _ENDS - 1] = ord("\t")
    rows[:, -1] = ord("\n")
    columns = [rows[:, column] for column in _COLUMNS]
    write_uuids(columns[0], *time_ids(world.draws.bits("trade ids", places), at))
    write_uuids(columns[1], *world.people.ids(traders))
    columns[2][:] = _PAIR_TEXT[pairs]
    columns[3][:], columns[4][:] = _EXCHANGE_TEXT[routes[:, 0]], _EXCHANGE_TEXT[routes[:, 1]]
    write_numbers(columns[5], bought)
    write_numbers(columns[6], sold)
    _write_signed(columns[7], profit)
    _write_signed(columns[8], percentage)
    columns[9][:, 0] = np.where(executed, ord("t"), ord("f"))
    world.moments.write(columns[10], at)
    return rows.tobytes().translate(None, b"\0")


def _prices(price: Floats, routes: Ints, lots: Bits, ticks: Ints) -> tuple[Ints, Ints]:
    """What was paid and what was got, in millionths: the fees of the exchanges are in both, so their difference is the profit."""
    below, above = (field(lots, low, 15) * (_APART / 2**15) for low in (26, 41))
    paid = price * (1.0 - below) * (1.0 + _FEES[routes[:, 0]])
    got = price * (1.0 + above) * (1.0 - _FEES[routes[:, 1]])
    return _rounded(paid, ticks), _rounded(got, ticks)


def _rounded(prices: Floats, ticks: Ints) -> Ints:
    return np.maximum(np.rint(prices * TICK / ticks).astype(np.int64), 1) * ticks


def _write_signed(out: Text, millionths: Ints) -> None:
    out[:, 0] = np.where(millionths < 0, ord("-"), 0)
    write_numbers(out[:, 1:], np.abs(millionths))
