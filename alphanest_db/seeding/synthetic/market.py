"""The market: pairs whose prices walk, and exchanges with their fees."""

from dataclasses import dataclass

import numpy as np

from alphanest_db.seeding.synthetic.draws import Draws, Floats, Ints
from alphanest_db.seeding.synthetic.parameters import Parameters
from alphanest_db.seeding.synthetic.rhythm import HOUR

TICK = 1_000_000  # prices are counted in millionths


@dataclass(frozen=True)
class Pair:
    """What is traded: its price on the first day, the least step of a price, how it moves in an hour, how often it is traded."""

    name: str
    price: float
    decimals: int
    hourly_move: float
    share: int


@dataclass(frozen=True)
class Exchange:
    """Where it is traded, and the taker's fee in percent."""

    name: str
    fee: float


PAIRS = (
    Pair("BTC/USDT", 61_850.0, 2, 0.0050, 260), Pair("ETH/USDT", 3_040.0, 2, 0.0062, 200),
    Pair("SOL/USDT", 152.0, 2, 0.0081, 140), Pair("XRP/USDT", 0.587, 4, 0.0070, 90), Pair("BNB/USDT", 588.0, 2, 0.0055, 70),
    Pair("DOGE/USDT", 0.142, 5, 0.0090, 64), Pair("ADA/USDT", 0.448, 4, 0.0076, 50), Pair("AVAX/USDT", 34.6, 3, 0.0083, 40),
    Pair("LINK/USDT", 14.7, 3, 0.0075, 36), Pair("DOT/USDT", 6.72, 3, 0.0072, 30), Pair("LTC/USDT", 81.4, 2, 0.0066, 26),
    Pair("ARB/USDT", 0.981, 4, 0.0092, 18),
)  # fmt: skip
EXCHANGES = (
    Exchange("Binance", 0.10), Exchange("Coinbase", 0.25), Exchange("Kraken", 0.20), Exchange("OKX", 0.10),
    Exchange("Bybit", 0.10), Exchange("KuCoin", 0.10),
)  # fmt: skip
# From where to where: each exchange to each other one.
ROUTES = tuple((buy, sell) for buy in range(len(EXCHANGES)) for sell in range(len(EXCHANGES)) if buy != sell)

# Of the price on the first day: a walk that gets there goes back the way it came, else it would stay beyond for years.
_LOWEST, _HIGHEST = 0.02, 50.0


class Walks:
    """The price of each pair at each moment: a random walk by the hour, straight between two hours."""

    def __init__(self, parameters: Parameters, draws: Draws) -> None:
        self._start = int(parameters.start.timestamp()) * 1_000_000
        self._prices = np.stack([_walk(pair, parameters.days * 24, draws) for pair in PAIRS])

    def prices(self, pairs: Ints, moments: Ints) -> Floats:
        """The price of each pair at the moment beside it."""
        hours, within = np.divmod(moments - self._start, HOUR)
        before = self._prices[pairs, hours]
        prices: Floats = before + (self._prices[pairs, hours + 1] - before) * (within / HOUR)
        return prices


def _walk(pair: Pair, hours: int, draws: Draws) -> Floats:
    """The sum of three even draws is near enough to a bell."""
    places = np.arange(hours)
    steps = sum(draws.shares(f"walk {pair.name} {number}", places) for number in range(3)) - 1.5
    factors = np.concatenate([[1.0], 1.0 + 2.0 * pair.hourly_move * steps])
    return pair.price * _mirrored(np.cumprod(factors))


def _mirrored(walked: Floats) -> Floats:
    """Where it leaves what is plausible, as far on this side of the bound as it is beyond it, in proportion."""
    while (below := walked < _LOWEST).any() or (walked > _HIGHEST).any():
        bounds = np.where(below, _LOWEST, _HIGHEST)
        walked = np.where(below | (walked > _HIGHEST), bounds * bounds / walked, walked)
    return walked
