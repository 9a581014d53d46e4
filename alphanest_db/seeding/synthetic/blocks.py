"""The rows of a block, as COPY takes them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from alphanest_db.seeding.synthetic.accounts import subscription_rows, user_rows
from alphanest_db.seeding.synthetic.booths import booth_rows
from alphanest_db.seeding.synthetic.draws import Ints
from alphanest_db.seeding.synthetic.item_text import item_rows
from alphanest_db.seeding.synthetic.layout import Block
from alphanest_db.seeding.synthetic.trade_binary import trade_binary
from alphanest_db.seeding.synthetic.trade_text import trade_text
from alphanest_db.seeding.synthetic.trades import trades_of
from alphanest_db.seeding.synthetic.world import World

_PIECE_ROWS = 1_024
# Rows of the users at some places, one by one.
_OF_USERS: dict[str, Callable[[World, Ints], Iterator[bytes]]] = {
    "users": user_rows, "subscriptions": subscription_rows, "market_booths": booth_rows, "nft_items": item_rows,
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Some rows as COPY takes them."""

    rows: int
    data: bytes


def pieces_of(world: World, block: Block, *, binary: bool = False) -> Iterator[Piece]:
    """The rows of a block, a piece at a time: as text, or in the binary form of a table of BINARY_TYPES."""
    places = np.arange(block.first, block.last)
    if block.table == "trades":
        trades = trades_of(world, places)
        yield Piece(len(places), trade_binary(trades) if binary else trade_text(trades, world.moments))
        return
    rows = _OF_USERS[block.table](world, places)
    while piece := list(islice(rows, _PIECE_ROWS)):
        yield Piece(len(piece), b"".join(piece))
