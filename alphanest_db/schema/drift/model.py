"""What a comparison of two schemas finds."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DriftKind(StrEnum):
    """Seen from the migrations: what they make is missing, something is there beside it, or it is not as they made it."""

    missing = "missing"
    extra = "extra"
    changed = "changed"


class DriftLevel(StrEnum):
    """`info` is what one may have to expect; it is drift all the same."""

    warning = "warning"
    info = "info"


@dataclass(frozen=True)
class Drift:
    """One object that is not what the migrations make.

    `expected` and `actual` are definitions, None where there is no such object. `sql` sets it right; None where that is not
    certain, or rows would be lost.
    """

    kind: DriftKind
    level: DriftLevel
    object_type: str
    schema: str
    table: str | None
    name: str
    meaning: str
    expected: str | None
    actual: str | None
    sql: str | None

    @property
    def object(self) -> str:
        """What an ignore pattern is compared with: `index public.users.ix_users_email`."""
        table = self.table if self.table != self.name else None
        return f"{self.object_type} {'.'.join(part for part in (self.schema, table, self.name) if part)}"


@dataclass(frozen=True)
class Ignore:
    """An entry of the ignore file: which objects (`*` and `?` as in file names), why, and until when, that day included."""

    object: str
    reason: str
    expires: date


@dataclass(frozen=True)
class IgnoredDrift:
    """A drift that an entry of the ignore file covers."""

    drift: Drift
    reason: str
    expires: date


@dataclass(frozen=True)
class StaleIgnore:
    """An entry of the ignore file that does nothing any more."""

    object: str
    reason: str
    expires: date
    problem: str


@dataclass(frozen=True)
class DriftReport:
    """The comparison of a database with its migrations at `revisions`, where it stands.

    `notes` say what could not be looked at, and what makes the answer uncertain.
    """

    database: str
    revisions: tuple[str, ...]
    drifts: tuple[Drift, ...]
    ignored: tuple[IgnoredDrift, ...]
    stale_ignores: tuple[StaleIgnore, ...]
    notes: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """True where nothing is to be done, in the database or in the ignore file."""
        return not self.drifts and not self.stale_ignores
