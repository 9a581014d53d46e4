"""Prices below zero."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import negative
from alphanest_db.checks.trades import ODD_NUMBERS

CHECK = Check(
    name="negative-prices",
    summary="Prices below zero.",
    tags=("integrity", "values"),
    level=Level.error,
    why="A price below zero pays the buyer. Sums and averages over it are wrong without anybody noticing.",
    remedy="Find the real price where it was first written down; there is no telling it from the row.",
    rows=(*negative("trades", "buy_price", "sell_price", screen=ODD_NUMBERS), *negative("nft_items", "price")),
)
