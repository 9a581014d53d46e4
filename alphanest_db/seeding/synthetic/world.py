"""Everything that the rows of one request depend on, made once in each process that makes rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alphanest_db.seeding.synthetic.draws import Draws, Ints
from alphanest_db.seeding.synthetic.market import Walks
from alphanest_db.seeding.synthetic.parameters import Parameters, Request
from alphanest_db.seeding.synthetic.people import People, time_ids
from alphanest_db.seeding.synthetic.rhythm import Rhythm
from alphanest_db.seeding.synthetic.text import Moments, uuid_strings

_DAYS_AHEAD = 366  # bills are due up to a year from the end
StoredKey = Callable[[int], str]  # how the API key of the user with this number, from 1 on, is stored


@dataclass(frozen=True)
class World:
    """A platform about which everything can be asked, row by row."""

    parameters: Parameters
    password_hashes: tuple[str, ...]
    stored_key: StoredKey
    draws: Draws
    rhythm: Rhythm
    people: People
    walks: Walks
    moments: Moments

    @classmethod
    def of(cls, request: Request, stored_key: StoredKey) -> "World":
        """The world of a request; the making of keys is handed in."""
        parameters = request.parameters
        draws, rhythm = Draws(parameters.seed), Rhythm.of(parameters)
        return cls(
            parameters, request.password_hashes, stored_key, draws, rhythm,
            People(parameters.users, rhythm.signups, draws), Walks(parameters, draws),
            Moments(parameters.start, parameters.days + _DAYS_AHEAD),
        )  # fmt: skip

    @property
    def end(self) -> int:
        """The moment, in microseconds, that nothing has reached yet."""
        return int(self.parameters.end.timestamp()) * 1_000_000

    def ids(self, kind: str, places: Ints, moments: Ints) -> list[str]:
        """The ids of rows of a kind that were made at these moments."""
        return uuid_strings(*time_ids(self.draws.bits(f"{kind} ids", places), moments))

    def user_ids(self, places: Ints) -> list[str]:
        """The ids of the users at these places."""
        return uuid_strings(*self.people.ids(places))

    def later(self, purpose: str, places: Ints, moments: Ints) -> Ints:
        """A moment between the one beside each place and the end."""
        left = self.end - moments
        return moments + (self.draws.shares(purpose, places) * left).astype(np.int64)
