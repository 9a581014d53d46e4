"""What an import is asked to do, and what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from alphanest_db.errors import Refused
from alphanest_db.seeding.local_storage.reading import Kind
from alphanest_db.units import plural


class UnknownUsers(StrEnum):
    """What to do with booths and items of users whom neither the export nor the database has."""

    skip = "skip"
    create = "create"
    fail = "fail"


class OnConflict(StrEnum):
    """What to do with a user whose username or e-mail somebody else has, without regard to case."""

    skip = "skip"
    update = "update"
    fail = "fail"


class FileState(StrEnum):
    """What became of a file."""

    imported = "imported"
    refused = "refused"  # records of it were rejected, and nothing of it is in
    broken = "broken"  # it could not be read to its end, and nothing of it is in
    not_reached = "not reached"  # one before it was refused or broken


class Outcome(StrEnum):
    """What became of a record."""

    inserted = "inserted"
    changed = "changed"
    unchanged = "unchanged"
    skipped = "skipped"
    rejected = "rejected"


@dataclass(frozen=True)
class ImportOptions:
    """How to import; `rejects` is where the records go that do not come in."""

    unknown_users: UnknownUsers
    on_conflict: OnConflict
    keep_going: bool
    dry_run: bool
    rejects: Path | None = None
    passwords_csv: Path | None = None


@dataclass(frozen=True)
class KindCount:
    """The records of one kind: `rows` is always the sum of the others."""

    kind: Kind
    rows: int = 0
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Reason:
    """Why so many records of a kind were not put in as they stand; the first of them is at `path` of `file`."""

    kind: Kind
    outcome: Outcome
    reason: str
    rows: int
    file: str
    path: str


@dataclass(frozen=True)
class Disagreement:
    """Records that say different things, and which are in all the same; the first of them is at `path` of `file`."""

    kind: Kind
    what: str
    rows: int
    file: str
    path: str


@dataclass(frozen=True)
class MappedUser:
    """A user of an export who goes by another id in the database."""

    source_id: str
    user_id: str
    why: str


@dataclass(frozen=True)
class FileReport:
    """What became of one file; `error` is why it is not in."""

    file: str
    state: FileState
    rows: int
    error: str | None = None


@dataclass(frozen=True)
class Created:
    """What was put in for users besides the records: what registering makes, and users whom only booths and items name."""

    users: int = 0
    subscriptions: int = 0
    booths: int = 0

    def plus(self, other: "Created") -> "Created":
        """Both together."""
        return Created(self.users + other.users, self.subscriptions + other.subscriptions, self.booths + other.booths)


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or with `dry_run` would do.

    At most a thousand `mapped` users, `reasons` and `disagreements` are kept; `mapped_users` is how many there are.
    """

    database: str
    dry_run: bool
    files: tuple[FileReport, ...]
    kinds: tuple[KindCount, ...]
    reasons: tuple[Reason, ...]
    disagreements: tuple[Disagreement, ...]
    mapped_users: int
    mapped: tuple[MappedUser, ...]
    created: Created
    other_keys: tuple[str, ...]
    rejects: str | None
    leftover: str | None
    passwords_csv: str | None

    @property
    def is_complete(self) -> bool:
        """True where every file is in, and no record was rejected."""
        return all(file.state is FileState.imported for file in self.files) and not any(
            count.rejected for count in self.kinds
        )

    def require_all_files(self) -> None:
        """Raises ImportStopped where a file is not in."""
        stopped = [file for file in self.files if file.state in (FileState.refused, FileState.broken)]
        if stopped:
            raise ImportStopped(stopped)


class ImportStopped(Refused):
    """Files are not in; `files` holds them."""

    def __init__(self, files: Sequence[FileReport]) -> None:
        first = files[0]
        super().__init__(
            f"{plural(len(files), 'file')} not imported: {first.error or first.file}",
            "Mend it and run the import again: what is in already stays as it is. "
            "--keep-going leaves out the records that are rejected, and the files that cannot be read.",
        )
        self.files = tuple(files)


@dataclass
class Tally:
    """Counts outcomes by kind, while they come."""

    counts: dict[tuple[Kind, Outcome], int] = field(default_factory=dict)

    def add(self, kind: Kind, outcome: Outcome, rows: int = 1) -> None:
        """Count so many more."""
        self.counts[kind, outcome] = self.counts.get((kind, outcome), 0) + rows

    def rows(self, kind: Kind | None = None, outcome: Outcome | None = None) -> int:
        """How many there are of a kind, of an outcome, or of all."""
        return sum(rows for (k, o), rows in self.counts.items() if kind in (None, k) and outcome in (None, o))

    def kinds(self) -> tuple[KindCount, ...]:
        """The counts, a line for each kind."""
        return tuple(
            KindCount(kind, self.rows(kind), **{outcome.value: self.rows(kind, outcome) for outcome in Outcome})
            for kind in Kind
        )
