"""What a scan found, and what it looked at."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Found:
    """What looks like a key, and where.

    In the history of a repository, `commit` is the first one that holds it; `is_reachable` is False where no branch, tag or
    reflog leads there any more. `object_id` is the object that it is in.
    """

    key: str = field(repr=False)
    place: str
    line: int
    is_certain: bool
    object_id: str | None = None
    commit: str | None = None
    is_reachable: bool | None = None


@dataclass(frozen=True)
class Skipped:
    """What was not looked at, or not to its end, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class LookedAt:
    """How much was looked at, and what was not."""

    files: int
    objects: int
    binary_files: int
    size_bytes: int
    duration_seconds: float
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Scanned:
    """All that looks like a key, and what was looked at."""

    found: tuple[Found, ...]
    looked_at: LookedAt


@dataclass(frozen=True)
class Owner:
    """Whose a key is."""

    user_id: str
    username: str
    email: str
    is_active: bool


@dataclass(frozen=True)
class Leak:
    """A key in a place where it should not be; `commit` and `is_reachable` as in `Found`.

    `owner` is None where nobody has this key (any more), and where no database was asked.
    """

    prefix: str
    place: str
    line: int
    commit: str | None
    is_reachable: bool | None
    owner: Owner | None


@dataclass(frozen=True)
class ScanReport:
    """All leaks. `asked` is False where the keys were not looked up in a database: they are so by their form alone.

    `revoked` is how many keys were taken away for it.
    """

    asked: bool
    leaks: tuple[Leak, ...]
    looked_at: LookedAt
    revoked: int = 0

    @property
    def is_clean(self) -> bool:
        """True where no key is known to work, or without a database, none was found."""
        return not (self.owned if self.asked else self.leaks)

    @property
    def owned(self) -> tuple[Leak, ...]:
        """Leaks of keys that somebody has."""
        return tuple(leak for leak in self.leaks if leak.owner)


@dataclass(frozen=True)
class LeakedKey:
    """A key that somebody has, as it is stored; never to be shown."""

    user_id: str
    stored: str = field(repr=False)


Holder = tuple[Owner, LeakedKey]
