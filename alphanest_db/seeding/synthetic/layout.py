"""The rows of a request in blocks: the same ones, whoever makes them, and however many work side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alphanest_db.seeding.synthetic.parameters import Parameters

_TRADES = 8_192  # what fits into a processor's cache
_CELL_ITEMS, _CELL_USERS, _LEAST_USERS = 5_000, 2_048, 4
# Items take longer to be made than to be loaded, trades the other way round: by turns, nobody waits for anybody. Booths sum up
# the items of their cell, so they come with it.
_BY_TURNS = ("market_booths", "nft_items", "trades")


@dataclass(frozen=True)
class Block:
    """Rows `first` to below `last` of a table; for tables that go by users, these are users. Its number counts from 0 on."""

    table: str
    number: int
    first: int
    last: int

    def worker(self, workers: int) -> int:
        """Which of so many workers makes it, from 0 on: the same one the booths and the items of a cell."""
        return self.number % workers


@dataclass(frozen=True)
class Stretch:
    """Blocks `first` to below `last` of a table."""

    table: str
    first: int
    last: int


def stretches(parameters: Parameters, tables: Sequence[str]) -> Iterator[Stretch]:
    """The rows of several tables in the order in which they are made: parents before children, the last tables by turns."""
    counts = {table: -(-_rows(parameters, table) // _size(parameters, table)) for table in tables}
    by_turns = [table for table in tables if table in _BY_TURNS and counts[table]]
    for table in tables:
        if table not in by_turns and counts[table]:
            yield Stretch(table, 0, counts[table])
    turns = min((counts[table] for table in by_turns), default=0) if len(by_turns) > 1 else 1
    for turn in range(turns):
        for table in by_turns:
            yield Stretch(table, counts[table] * turn // turns, counts[table] * (turn + 1) // turns)


def blocks_of(parameters: Parameters, stretch: Stretch) -> Iterator[Block]:
    """The blocks of a stretch, in their order."""
    rows, size = _rows(parameters, stretch.table), _size(parameters, stretch.table)
    for number in range(stretch.first, stretch.last):
        yield Block(stretch.table, number, number * size, min((number + 1) * size, rows))


def _rows(parameters: Parameters, table: str) -> int:
    """How many rows there are to count blocks by: those of the table, or the users that a table goes by."""
    return parameters.trades if table == "trades" else parameters.users if parameters.rows[table] else 0


def _size(parameters: Parameters, table: str) -> int:
    return _TRADES if table == "trades" else cell_users(parameters.items_per_user)


def cell_users(items_per_user: int) -> int:
    """How many users a cell has, among whom its items change hands: so many that the items fit into memory easily."""
    return max(_LEAST_USERS, min(_CELL_USERS, _CELL_ITEMS // max(1, items_per_user)))
