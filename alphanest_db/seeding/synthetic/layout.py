"""The rows of a request in blocks: the same ones, whoever makes them, and however many work side by side."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alphanest_db.seeding.synthetic.parameters import Parameters

_TRADES = 8_192  # what fits into a processor's cache
_CELL_ITEMS, _CELL_USERS, _LEAST_USERS = 5_000, 2_048, 4


@dataclass(frozen=True)
class Block:
    """Rows `first` to below `last` of a table; for tables that go by users, these are users."""

    table: str
    first: int
    last: int


def blocks_of(parameters: Parameters, table: str) -> Iterator[Block]:
    """The blocks of a table, in their order."""
    rows, size = parameters.users, cell_users(parameters.items_per_user)
    if table == "trades":
        rows, size = parameters.trades, _TRADES
    if parameters.rows[table]:
        for first in range(0, rows, size):
            yield Block(table, first, min(first + size, rows))


def all_blocks(parameters: Parameters, tables: Iterable[str]) -> Iterator[Block]:
    """The blocks of several tables, one table after the other."""
    for table in tables:
        yield from blocks_of(parameters, table)


def cell_users(items_per_user: int) -> int:
    """How many users a cell has, among whom its items change hands: so many that the items fit into memory easily."""
    return max(_LEAST_USERS, min(_CELL_USERS, _CELL_ITEMS // max(1, items_per_user)))
