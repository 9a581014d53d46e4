"""When things happen: more on weekdays and in the evening, and more the more users there are."""

from dataclasses import dataclass

import numpy as np

from alphanest_db.seeding.synthetic.draws import Floats, Ints
from alphanest_db.seeding.synthetic.parameters import Parameters

HOUR = 3_600_000_000  # all moments are microseconds since 1970
DAY = 24 * HOUR

# How busy the hours of a day (UTC) and the days of a week (from Monday) are.
_HOURS = (22, 16, 13, 11, 11, 14, 20, 29, 40, 52, 60, 64, 66, 72, 84, 93, 96, 94, 90, 88, 84, 72, 53, 34)
_WEEKDAYS = (96, 100, 102, 100, 92, 66, 62)
_GROWTH = 2.0  # at the end, three times as many sign up a day as at the beginning
_FOUNDERS = 0.01  # of all users, there when the platform opens


@dataclass(frozen=True)
class Timeline:
    """A course of events: which share of them lies before each hour's end."""

    start: int
    edges: Floats

    def moments(self, shares: Floats) -> Ints:
        """The moments before which these shares of all events lie; later for larger ones."""
        hours = np.searchsorted(self.edges, shares, side="right") - 1
        hours = np.clip(hours, 0, len(self.edges) - 2)
        low = self.edges[hours]
        within = (shares - low) / (self.edges[hours + 1] - low)
        passed = (hours + np.clip(within, 0.0, 1.0)) * HOUR
        last = (len(self.edges) - 1) * HOUR - 1
        return self.start + np.minimum(passed.astype(np.int64), last)

    def shares(self, moments: Ints) -> Floats:
        """Which share of all events lies before each of the moments."""
        hours, within = np.divmod(moments - self.start, HOUR)
        low = self.edges[hours]
        passed: Floats = low + (self.edges[hours + 1] - low) * (within / HOUR)
        return passed


@dataclass(frozen=True)
class Rhythm:
    """When users sign up, and when they trade."""

    signups: Timeline
    activity: Timeline

    @classmethod
    def of(cls, parameters: Parameters) -> "Rhythm":
        """The rhythm of a platform."""
        hours = np.arange(parameters.days * 24)
        days = hours // 24
        busy = np.array(_HOURS, float)[hours % 24] * np.array(_WEEKDAYS, float)[(parameters.start.weekday() + days) % 7]
        joining = busy * (1.0 + _GROWTH * (days / parameters.days))
        start = int(parameters.start.timestamp()) * 1_000_000
        signups = _timeline(start, joining, _FOUNDERS)
        there = (signups.edges[:-1] + signups.edges[1:]) / 2
        return cls(signups, _timeline(start, busy * there, 0.0))


def _timeline(start: int, weights: Floats, at_once: float) -> Timeline:
    """`at_once` is the share of the events that the first hour has besides its own."""
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    edges = at_once + (1.0 - at_once) * (edges / edges[-1])
    edges[0], edges[-1] = 0.0, 1.0
    return Timeline(start, edges)
