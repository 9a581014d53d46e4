"""Rows of trades in the binary form of COPY, which spares the server the reading of numbers and moments.

PostgreSQL's documentation of COPY, "Binary Format": a row is the number of its fields and, for each, its length and its bytes.
"""

import numpy as np
from numpy.typing import NDArray

from alphanest_db.seeding.synthetic.market import EXCHANGES, PAIRS, ROUTES, TICK
from alphanest_db.seeding.synthetic.tables import COLUMNS
from alphanest_db.seeding.synthetic.text import UUID_WIDTH, write_uuids
from alphanest_db.seeding.synthetic.trades import Trades

_EPOCH = 946_684_800_000_000  # moments are counted from 2000 on, in microseconds


def _words(pair: int, route: int) -> bytes:
    """The three fields in a row that are not always of the same length."""
    names = (PAIRS[pair].name, *(EXCHANGES[exchange].name for exchange in ROUTES[route]))
    return b"".join(len(name).to_bytes(4, "big") + name.encode() for name in names)


_WORDS = [_words(pair, route) for pair in range(len(PAIRS)) for route in range(len(ROUTES))]
_WORDS_WIDTH = max(map(len, _WORDS))
_WORDS_TABLE = np.array(_WORDS, f"V{_WORDS_WIDTH}")


def _field(name: str, kind: str, *shape: int) -> list[tuple[str, str, *tuple[int, ...]]]:
    return [(f"{name} length", ">i4"), (name, kind, *shape)]


_BEFORE = [("fields", ">i2"), *_field("id", "u1", UUID_WIDTH), *_field("user_id", "u1", UUID_WIDTH)]
_AFTER = [
    *_field("buy_price", ">f8"), *_field("sell_price", ">f8"), *_field("profit_amount", ">f8"),
    *_field("profit_percentage", ">f8"), *_field("executed", "u1"), *_field("timestamp", ">i8"),
]  # fmt: skip
_ROW = np.dtype([*_BEFORE, ("words", f"V{_WORDS_WIDTH}"), *_AFTER])


def _row_without_values() -> NDArray[np.void]:
    row = np.zeros(1, _ROW)
    row["fields"] = len(COLUMNS["trades"])
    for name in _ROW.names or ():
        if name.endswith(" length"):
            row[name] = _ROW[name.removesuffix(" length")].itemsize
    return row


def _bytes_in_use() -> NDArray[np.bool_]:
    """Which bytes of a row are part of it, for each entry of the table of words."""
    place = np.arange(_ROW.itemsize) - np.dtype(_BEFORE).itemsize
    lengths = np.array([[len(words)] for words in _WORDS])
    return (place < lengths) | (place >= _WORDS_WIDTH)


_EMPTY = _row_without_values()
_IN_USE = _bytes_in_use()


def trade_binary(trades: Trades) -> bytes:
    """A row for each trade."""
    rows = np.repeat(_EMPTY, len(trades.at))
    write_uuids(rows["id"], *trades.ids)
    write_uuids(rows["user_id"], *trades.user_ids)
    words = trades.pairs * len(ROUTES) + trades.routes
    rows["words"] = _WORDS_TABLE[words]
    rows["buy_price"] = trades.bought / TICK
    rows["sell_price"] = trades.sold / TICK
    rows["profit_amount"] = trades.profit / TICK
    rows["profit_percentage"] = trades.percentage / TICK
    rows["executed"] = trades.executed
    rows["timestamp"] = trades.at - _EPOCH
    in_use: NDArray[np.uint8] = rows.view(np.uint8).reshape(len(rows), -1)[_IN_USE[words]]
    return in_use.tobytes()
