"""Who the synthetic users of a seed are, and the API keys that they have: for load tests."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from alphanest_db.accounts.development_keys import development_key
from alphanest_db.seeding.synthetic.draws import Draws
from alphanest_db.seeding.synthetic.people import email, usernames

_AT_ONCE = 1000


@dataclass(frozen=True)
class SyntheticKey:
    """A user by number, from 1 on."""

    number: int
    username: str
    email: str
    api_key: str = field(repr=False)


def synthetic_keys(seed: int, first: int, count: int) -> Iterator[SyntheticKey]:
    """So many users from the first one on; asks nobody, since all of it follows from the seed and the number."""
    draws = Draws(seed)
    for start in range(first, first + count, _AT_ONCE):
        numbers = np.arange(start, min(start + _AT_ONCE, first + count))
        for number, name in zip(numbers.tolist(), usernames(draws, seed, numbers - 1), strict=True):
            yield SyntheticKey(number, name, email(name), development_key(seed, number))
