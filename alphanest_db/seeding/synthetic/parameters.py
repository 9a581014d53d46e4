"""What decides every byte of a synthetic platform: sizes, a seed, a span of days, and how secrets are stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alphanest_db.errors import InvalidInput

# The sizes of --scale 1, which 10 and 100 multiply.
USERS, ITEMS_PER_USER, TRADES, DAYS = 1_000, 5, 30_000, 365
MOST_USERS, MOST_TRADES, MOST_ITEMS_PER_USER, MOST_DAYS, MOST_SEED = 10**8, 10**10, 10_000, 3_650, 2**31 - 1
_FIRST_DAY = date(2015, 1, 1)


@dataclass(frozen=True)
class Parameters:
    """How large a platform, from which seed; all its times lie in the `days` before the day `until` begins (UTC)."""

    users: int
    trades: int
    items_per_user: int
    days: int
    seed: int
    until: date

    def __post_init__(self) -> None:
        """Raises InvalidInput for what cannot be made."""
        _require("users", self.users, 1, MOST_USERS)
        _require("trades", self.trades, 0, MOST_TRADES)
        _require("items per user", self.items_per_user, 0, MOST_ITEMS_PER_USER)
        _require("days", self.days, 1, MOST_DAYS)
        _require("seed", self.seed, 0, MOST_SEED)
        if self.until < _FIRST_DAY + timedelta(days=self.days) or self.until.year > 2100:
            raise InvalidInput(
                f"{self.days} days until {self.until} do not lie between {_FIRST_DAY} and the year 2100",
                "Take another day with --until, or fewer --days.",
            )

    @classmethod
    def at_scale(
        cls, scale: int, *, seed: int, until: date, users: int | None = None, trades: int | None = None,
        items_per_user: int | None = None, days: int | None = None,
    ) -> "Parameters":  # fmt: skip
        """So many times a thousand users with what goes with them; what is given wins."""
        return cls(
            USERS * scale if users is None else users, TRADES * scale if trades is None else trades,
            ITEMS_PER_USER if items_per_user is None else items_per_user, DAYS if days is None else days, seed, until,
        )  # fmt: skip

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table gets, parents before children."""
        each = dict.fromkeys(("users", "subscriptions", "market_booths"), self.users)
        return each | {"nft_items": self.users * self.items_per_user, "trades": self.trades}

    @property
    def start(self) -> datetime:
        """When the platform opened."""
        return self.end - timedelta(days=self.days)

    @property
    def end(self) -> datetime:
        """The moment that nothing has reached yet."""
        return datetime(self.until.year, self.until.month, self.until.day, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """Parameters, and how passwords and keys are stored: whoever has both makes the same rows again."""

    parameters: Parameters
    key_storage: str
    password_hashes: tuple[str, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:  # Any: what JSON holds
        """The request as a JSON object, to be kept or handed to another process."""
        return asdict(self) | {"parameters": asdict(self.parameters) | {"until": self.parameters.until.isoformat()}}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Request":  # Any: what JSON holds
        """The request that `to_json` gave."""
        sizes = dict(document["parameters"])
        parameters = Parameters(**sizes | {"until": date.fromisoformat(sizes["until"])})
        return cls(parameters, document["key_storage"], tuple(document["password_hashes"]))


def _require(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"{what}: {value:,} is not between {least:,} and {most:,}", "Give another number.")
