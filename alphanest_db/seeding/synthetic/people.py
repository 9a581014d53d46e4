"""The users: who they are, when they joined, and how active each one is."""

from math import exp, gcd, log

import numpy as np

from alphanest_db.seeding.synthetic.draws import Bits, Draws, Floats, Ints, field
from alphanest_db.seeding.synthetic.rhythm import Timeline

_ADJECTIVES = (
    "neon", "cyber", "quantum", "silent", "rapid", "lunar", "solar", "iron", "velvet", "cobalt", "amber", "frozen", "hidden",
    "lucky", "electric", "midnight", "turbo", "crimson", "golden", "static", "hollow", "vivid", "atomic", "binary", "astral",
    "feral", "glassy", "magnetic", "noble", "onyx", "pixel", "stormy",
)  # fmt: skip
_NOUNS = (
    "fox", "ninja", "trader", "falcon", "wolf", "otter", "samurai", "ghost", "raven", "whale", "tiger", "comet", "broker",
    "lynx", "pilot", "panda", "badger", "viper", "heron", "orca", "ronin", "sparrow", "dragon", "mantis", "nomad", "phoenix",
    "cipher", "koala", "jackal", "hunter", "miner", "drifter",
)  # fmt: skip
_STEPS = 1024
_TRIES = 8


class People:
    """All users by their places, from 0 on in the order in which they joined."""

    def __init__(self, count: int, signups: Timeline, draws: Draws) -> None:
        self.count = count
        self._signups, self._draws = signups, draws
        self._activity = Activity(count, draws)

    def joined(self, places: Ints) -> Ints:
        """When they joined; a later place never before an earlier one."""
        spread = self._draws.shares("joined", places)
        spread[places == 0] = 0.0  # somebody is there from the beginning
        return self._signups.moments((places + spread) / self.count)

    def there(self, moments: Ints) -> Ints:
        """How many had joined by each moment, at least: those with the places below that number."""
        return np.maximum((self._signups.shares(moments) * self.count).astype(np.int64) - 1, 1)

    def ids(self, places: Ints) -> tuple[Bits, Bits]:
        """Their ids, as halves."""
        return time_ids(self._draws.bits("user ids", places), self.joined(places))

    def weights(self, places: Ints) -> Floats:
        """How active they are, in proportion."""
        return self._activity.weights(places)

    def choose(self, purpose: str, rows: Ints, moments: Ints) -> Ints:
        """Somebody for each row who had joined by then, the more often the more active."""
        there = self.there(moments)
        chosen = np.zeros(len(rows), np.int64)
        open_ = np.arange(len(rows))
        for number in range(_TRIES):
            drawn = self._activity.draw(self._draws.bits(f"{purpose} {number}", rows[open_]))
            is_there = drawn < there[open_]
            chosen[open_] = np.where(is_there, drawn, drawn % there[open_])
            open_ = open_[~is_there]
        return chosen


class Activity:
    """A power law: the user of rank r is active in proportion to 1 / (r + c), with c a thousandth of all, and one at least.

    A tenth of many users makes about two thirds of all trades. Who has which rank has nothing to do with who joined when.
    """

    def __init__(self, count: int, draws: Draws) -> None:
        self._count = count
        self._flat = max(1.0, count / 1000)
        self._factor, self._shift = _permutation(count, draws)
        reach = log(1 + count / self._flat)
        ranks = [self._flat * (exp(reach * step / _STEPS) - 1) for step in range(_STEPS + 1)]
        self._ranks = np.array([round(rank, 6) for rank in ranks])  # no two C libraries differ by then

    def weights(self, places: Ints) -> Floats:
        """The activity of the users at these places."""
        inverse = np.uint64(pow(self._factor, -1, self._count)) if self._count > 1 else np.uint64(1)
        shifted = (places + (self._count - self._shift)).astype(np.uint64)
        ranks = (shifted * inverse % np.uint64(self._count)).astype(np.float64)
        weights: Floats = 1.0 / (ranks + self._flat)
        return weights

    def draw(self, bits: Bits) -> Ints:
        """Places of users, each as likely as the user is active."""
        step, within = field(bits, 54, 10), field(bits, 0, 52) * 2.0**-52
        low = self._ranks[step]
        ranks = np.minimum((low + (self._ranks[step + 1] - low) * within).astype(np.int64), self._count - 1)
        places: Ints = (ranks * self._factor + self._shift) % self._count
        return places


def _permutation(count: int, draws: Draws) -> tuple[int, int]:
    """A factor and a shift that send the numbers below `count` to each other, far apart."""
    factor = round(count * 0.6180339887) or 1
    while gcd(factor, count) != 1:
        factor += 1
    return factor, draws.whole("ranks") % count


def time_ids(bits: Bits, moments: Ints) -> tuple[Bits, Bits]:
    """UUIDs of version 7 (RFC 9562), as halves: rows that came one after the other stand so in the index of the ids as well."""
    milliseconds, micros = np.divmod(moments, 1000)
    high = (milliseconds << 16) | 0x7000 | (micros * 4096 // 1000)
    low = (bits & np.uint64(0x3FFF_FFFF_FFFF_FFFF)) | np.uint64(0x8000_0000_0000_0000)
    return high.astype(np.uint64), low


def username(seed: int, place: int, bits: int) -> str:
    """The name of a user; it has its number and the seed in it, so that no other user of any seed can have it.

    >>> username(7, 41, 0)
    'neonfox42_7'
    """
    return f"{_ADJECTIVES[bits & 31]}{_NOUNS[bits >> 5 & 31]}{place + 1}_{seed}"


def email(name: str) -> str:
    """The address of a user, which can never reach anybody (RFC 2606)."""
    return f"{name}@example.com"


def usernames(draws: Draws, seed: int, places: Ints) -> list[str]:
    """The names of the users at these places."""
    chosen = field(draws.bits("names", places), 0, 10).tolist()
    return [username(seed, place, bits) for place, bits in zip(places.tolist(), chosen, strict=True)]
