"""What restoring takes and gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from alphanest_db.backup.restore.watching import LoadReport
from alphanest_db.database.databases import TableRows, require_database_name
from alphanest_db.database.fingerprints import TableProgress
from alphanest_db.database.foreign_keys import Violation
from alphanest_db.database.locks import LockProgress
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment


class Way(StrEnum):
    """How the restored rows become the database."""

    swap = "swap"  # a new database takes the name of the live one
    create = "create"  # there is no live one
    copy = "copy"  # beside the live one, under another name
    in_place = "in place"  # in the live one, in one transaction


class Stage(StrEnum):
    """What is going on, as it is told."""

    checksums = "reading every byte"
    loading = "loading"
    comparing = "comparing"
    preparing = "preparing"
    swapping = "swapping"


@dataclass(frozen=True)
class RestoreOptions:
    """`home` is for temporary files; `into` names a copy; without `keep_owners` nobody but the target's user is named."""

    jobs: int = 2
    into: str | None = None
    keep_owners: bool = True
    lock_wait_seconds: float = 30
    lock_timeout_seconds: float = 30
    timeout_seconds: int = 10

    def __post_init__(self) -> None:
        """Raises InvalidInput where the copy could not have its name."""
        if self.into is not None:
            require_database_name(self.into)


def _nothing(*_told: object) -> None: ...


@dataclass(frozen=True)
class RestoreReport:
    """Where a restore tells how far it is."""

    stage: Callable[[Stage, str], None] = _nothing
    bytes_read: Callable[[int, int | None], None] = _nothing
    load: LoadReport = _nothing
    table: TableProgress = _nothing
    lock: LockProgress = _nothing


# What is done to the new database before it takes the old one's place, such as migrating it; may refuse.
Prepare = Callable[[Target], None]


@dataclass(frozen=True)
class RestorePlan:
    """What a restore would do; the tables' rows are those that the live database holds now, versions are major ones."""

    database: str
    environment: Environment
    way: Way
    source: str
    format: str
    size_bytes: int | None
    snapshot_at: datetime | None
    server_version: int
    dumped_server_version: int | None
    program: str
    revisions: tuple[str, ...] | None
    rows: int | None
    kept: str | None
    tables: tuple[TableRows, ...]
    sessions: tuple[str, ...]
    needed_bytes: int | None
    free_bytes: int | None
    expected_seconds: float | None
    notes: tuple[str, ...]

    @property
    def destroys(self) -> bool:
        """Whether the database that is there would be replaced."""
        return self.way in (Way.swap, Way.in_place)


@dataclass(frozen=True)
class Restored:
    """What came of it. `verified` tells whether the contents were compared with a manifest."""

    database: str
    way: Way
    source: str
    rows: int
    tables: int
    revisions: tuple[str, ...]
    server_version: int
    verified: bool
    kept: str | None
    ended_sessions: int
    outage_seconds: float | None
    duration_seconds: float
    violations: tuple[Violation, ...]
    not_valid: tuple[str, ...]
    notes: tuple[str, ...]
    upgraded: tuple[str, ...] = field(default=())

    @property
    def is_clean(self) -> bool:
        """True where all rows keep to all foreign keys."""
        return not self.violations


@dataclass(frozen=True)
class Kept:
    """A database that made room for a restored one."""

    database: str
    kept_at: datetime
    size_bytes: int
