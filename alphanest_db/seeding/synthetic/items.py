"""Items: who made them, through whose hands they went, and what that adds up to in the booths.

Items change hands among the users of one cell, a few thousand who joined one after the other. So what a booth's counters sum up is
known from its cell alone, and a platform of any size takes no more memory than a cell.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alphanest_db.seeding.synthetic.draws import Booleans, Floats, Ints, field, shares
from alphanest_db.seeding.synthetic.world import World

RARITIES = ("common", "rare", "epic", "legendary")
# By rarity: of a thousand, the lowest and the highest price, how much one looks at them, how many copies there are.
_SHARES = (700, 200, 80, 20)
_LOWEST_CENTS = np.array([500, 4_000, 15_000, 60_000])
_CENTS_MORE = np.array([5_500, 21_000, 75_000, 840_000])
_ATTENTION = np.array([3, 8, 20, 70])
EDITIONS = (5_000, 1_000, 500, 100)

HOPS = 3
# Of a hundred items, how many changed hands at least once, twice, three times; of those, how many were sold at first.
_MOVED = (45, 17, 5)
_SOLD = 75
NOT_SOLD = 0


@dataclass(frozen=True)
class Hop:
    """An item's next owner, by place in the cell, and when; True in `is_there` where the item went on at all."""

    to: Ints
    at: Ints
    is_there: Booleans


@dataclass(frozen=True)
class Items:
    """The items of a cell, by maker and then by age; users are told by their places in the cell."""

    places: Ints
    makers: Ints
    numbers: Ints
    made: Ints
    rarities: Ints
    cents: Ints
    sold_cents: Ints
    views: Ints
    favorites: Ints
    hops: tuple[Hop, ...]

    @cached_property
    def owners(self) -> Ints:
        """Whose they are in the end."""
        owners = self.makers
        for hop in self.hops:
            owners = np.where(hop.is_there, hop.to, owners)
        return owners


def items_of(world: World, users: Ints, joined: Ints) -> Items:
    """The items of the cell that has the users at these places, who joined then."""
    count = len(users) * world.parameters.items_per_user
    places = np.arange(count) + int(users[0]) * world.parameters.items_per_user
    weights = np.cumsum(world.people.weights(users))
    makers = _weighted(weights, world.draws.shares("makers", places))
    made = _moments_after(world, joined[makers], world.draws.shares("made", places))
    order = np.lexsort((made, makers))
    places, makers, made = places[order], makers[order], made[order]
    lots = world.draws.bits("items", places)
    rarities = np.searchsorted(np.cumsum(_SHARES), field(lots, 0, 20) % 1000, side="right")
    skewed = field(lots, 20, 12) / 4096
    cents = _LOWEST_CENTS[rarities] + (_CENTS_MORE[rarities] * skewed * skewed * skewed).astype(np.int64)
    hops = _hops(world, places, makers, made, joined, weights)
    is_sold = hops[0].is_there & (field(lots, 32, 16) % 100 < _SOLD)
    asked = 75 + field(lots, 48, 6) // 2  # what was paid then, in hundredths of the price that is asked today
    views = (_ATTENTION[rarities] * (1.0 / (shares(world.draws.bits("views", places)) + 0.01))).astype(np.int64)
    favorites = views * field(lots, 54, 5) // 200
    return Items(
        places, makers, _numbers(makers), made, rarities, cents, np.where(is_sold, cents * asked // 100, NOT_SOLD), views,
        favorites, hops,
    )  # fmt: skip


def _hops(world: World, places: Ints, makers: Ints, made: Ints, joined: Ints, weights: Floats) -> tuple[Hop, ...]:
    """Each goes to somebody else of the cell, who had joined by then; where nobody else had, it stays."""
    moved = field(world.draws.bits("moved", places), 0, 32) % 100
    owners, at, goes_on = makers, made, np.ones(len(places), bool)
    hops = []
    for number, share in enumerate(_MOVED):
        at = _moments_after(world, at, world.draws.shares(f"moves {number}", places))
        there = np.searchsorted(joined, at, side="right")
        chosen = _weighted(weights, world.draws.shares(f"owners {number}", places))
        chosen = np.where(chosen < there, chosen, chosen % there)
        chosen = np.where(chosen == owners, (chosen + 1) % there, chosen)
        goes_on = goes_on & (moved < share) & (there > 1)
        hops.append(Hop(chosen, at, goes_on))
        owners = np.where(goes_on, chosen, owners)
    return tuple(hops)


def _moments_after(world: World, moments: Ints, drawn: Floats) -> Ints:
    """A moment after each, at an hour at which people are awake."""
    passed = world.rhythm.activity.shares(moments)
    return np.maximum(world.rhythm.activity.moments(passed + (1.0 - passed) * drawn), moments)


def _weighted(cumulated: Floats, drawn: Floats) -> Ints:
    """A place for each draw, in proportion to the weights."""
    places: Ints = np.minimum(np.searchsorted(cumulated, drawn * cumulated[-1], side="right"), len(cumulated) - 1)
    return places


def _numbers(makers: Ints) -> Ints:
    """How many items the maker had made when this one was made, itself among them."""
    first = np.searchsorted(makers, makers, side="left")
    numbers: Ints = np.arange(len(makers)) - first + 1
    return numbers
