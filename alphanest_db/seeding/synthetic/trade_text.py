"""Rows of trades as COPY text."""

import numpy as np

from alphanest_db.seeding.synthetic.draws import Ints
from alphanest_db.seeding.synthetic.market import EXCHANGES, PAIRS, ROUTES
from alphanest_db.seeding.synthetic.text import (
    MOMENT_WIDTH,
    NUMBER_WIDTH,
    UUID_WIDTH,
    Moments,
    Text,
    words,
    write_numbers,
    write_uuids,
)
from alphanest_db.seeding.synthetic.trades import Trades

_ROUTES = np.array(ROUTES)
_PAIR_TEXT, _EXCHANGE_TEXT = words([pair.name for pair in PAIRS]), words([exchange.name for exchange in EXCHANGES])
_WIDTHS = (
    UUID_WIDTH, UUID_WIDTH, _PAIR_TEXT.shape[1], _EXCHANGE_TEXT.shape[1], _EXCHANGE_TEXT.shape[1], NUMBER_WIDTH, NUMBER_WIDTH,
    NUMBER_WIDTH + 1, NUMBER_WIDTH + 1, 1, MOMENT_WIDTH,
)  # fmt: skip
_ENDS = np.cumsum([width + 1 for width in _WIDTHS])  # each with the tab or the line's end after it
_COLUMNS = [slice(int(end) - width - 1, int(end) - 1) for end, width in zip(_ENDS, _WIDTHS, strict=True)]


def trade_text(trades: Trades, moments: Moments) -> bytes:
    """A line for each trade."""
    rows = np.empty((len(trades.at), int(_ENDS[-1])), np.uint8)
    rows[:, _ENDS - 1] = ord("\t")
    rows[:, -1] = ord("\n")
    columns = [rows[:, column] for column in _COLUMNS]
    write_uuids(columns[0], *trades.ids)
    write_uuids(columns[1], *trades.user_ids)
    columns[2][:] = _PAIR_TEXT[trades.pairs]
    for column, exchanges in zip(columns[3:5], _ROUTES[trades.routes].T, strict=True):
        column[:] = _EXCHANGE_TEXT[exchanges]
    write_numbers(columns[5], trades.bought)
    write_numbers(columns[6], trades.sold)
    _write_signed(columns[7], trades.profit)
    _write_signed(columns[8], trades.percentage)
    columns[9][:, 0] = np.where(trades.executed, ord("t"), ord("f"))
    moments.write(columns[10], trades.at)
    return rows.tobytes().translate(None, b"\0")


def _write_signed(out: Text, millionths: Ints) -> None:
    out[:, 0] = np.where(millionths < 0, ord("-"), 0)
    write_numbers(out[:, 1:], np.abs(millionths))
