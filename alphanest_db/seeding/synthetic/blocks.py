"""The rows of a block, as COPY takes them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from alphanest_db.seeding.synthetic.accounts import subscription_rows, user_rows
from alphanest_db.seeding.synthetic.booths import booth_rows
from alphanest_db.seeding.synthetic.cells import Cell
from alphanest_db.seeding.synthetic.draws import Ints
from alphanest_db.seeding.synthetic.item_text import item_rows
from alphanest_db.seeding.synthetic.layout import Block
from alphanest_db.seeding.synthetic.trade_binary import trade_binary
from alphanest_db.seeding.synthetic.trade_text import trade_text
from alphanest_db.seeding.synthetic.trades import trades_of
from alphanest_db.seeding.synthetic.world import World

_PIECE_ROWS = 1_024
# Rows one by one: of the users at some places, and of a cell.
_OF_USERS: dict[str, Callable[[World, Ints], Iterator[bytes]]] = {
    "users": user_rows,
    "subscriptions": subscription_rows,
}
_OF_CELL: dict[str, Callable[[World, Cell], Iterator[bytes]]] = {"market_booths": booth_rows, "nft_items": item_rows}


@dataclass(frozen=True)
class Piece:
    """Some rows as COPY takes them."""

    rows: int
    data: bytes


class Blocks:
    """Makes the rows of one block after the other; those of `binary` tables in that form, all others as text."""

    def __init__(self, world: World, binary: Collection[str]) -> None:
        self._world, self._binary = world, binary
        self._cell: Cell | None = None

    def pieces_of(self, block: Block) -> Iterator[Piece]:
        """The rows of a block, a piece at a time."""
        places = np.arange(block.first, block.last)
        if block.table == "trades":
            yield Piece(len(places), self._trades(places))
            return
        rows = self._rows(block.table, places)
        while piece := list(islice(rows, _PIECE_ROWS)):
            yield Piece(len(piece), b"".join(piece))

    def _trades(self, places: Ints) -> bytes:
        trades = trades_of(self._world, places)
        return trade_binary(trades) if "trades" in self._binary else trade_text(trades, self._world.moments)

    def _rows(self, table: str, places: Ints) -> Iterator[bytes]:
        if of_users := _OF_USERS.get(table):
            return of_users(self._world, places)
        if self._cell is None or self._cell.users[0] != places[0]:
            self._cell = Cell.of(self._world, places)
        return _OF_CELL[table](self._world, self._cell)
