"""The account of an import: of every record what became of it, in flat memory."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from alphanest_db.seeding.local_storage.model import (
    Created,
    Disagreement,
    FileReport,
    ImportOptions,
    ImportReport,
    MappedUser,
    Outcome,
    Reason,
    Tally,
)
from alphanest_db.seeding.local_storage.reading import Kind
from alphanest_db.seeding.local_storage.translating import Rejected

_KEPT = 1000
_NUMBERS = re.compile(r"\[\d+\]")
_OTHER_REASONS = "other reasons"

Counted = dict[tuple[Any, ...], tuple[int, str, str]]  # Any: what is counted; how many, and file and path of the first


OutcomeRow = tuple[
    str, str, str | None, int, str, bool
]  # kind, outcome, reason, rows, the first's path, whether they wait


@dataclass
class Waiting:
    """Records of a file whose users may come with a later one, or get a name that becomes free (`names`).

    `spooled` is where their lines are kept.
    """

    outcomes: list[OutcomeRow] = field(default_factory=list)
    users: set[str] = field(default_factory=set)
    names: bool = False
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    spooled: int | None = None

    def wait(self, kind: str, place: int, user_id: str, spooled: int) -> None:
        """Remember a record; of a user, `user_id` is who has the name."""
        self.places.append(place)
        if kind == Kind.user:
            self.names = True
        else:
            self.users.add(user_id)
        self.spooled = spooled if self.spooled is None else self.spooled


@dataclass
class FileSum:
    """What is known of one file."""

    file: str
    read: Counter[Kind] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    reasons: Counted = field(default_factory=dict)
    disagreements: Counted = field(default_factory=dict)
    mapped: list[MappedUser] = field(default_factory=list)
    mapped_users: int = 0
    created: Created = field(default_factory=Created)
    other_keys: list[str] = field(default_factory=list)
    waiting: Waiting = field(default_factory=Waiting)

    @property
    def rejected(self) -> int:
        """How many records are rejected, as things stand."""
        return self.tally.rows(outcome=Outcome.rejected) + sum(
            rows for _, outcome, _, rows, _, _ in self.waiting.outcomes if outcome == Outcome.rejected
        )

    @property
    def changed_users(self) -> int:
        """How many users the file has changed."""
        return self.tally.rows(Kind.user, Outcome.changed)

    def reject(self, row: Rejected) -> None:
        """Count a record that could not be staged, by the first of its problems."""
        kind = row.record.kind
        self.read[kind] += 1
        self.tally.add(kind, Outcome.rejected)
        reason = _NUMBERS.sub("[…]", row.problems[0])
        _count(self.reasons, (kind, Outcome.rejected, reason), 1, self.file, row.record.path)

    def take_outcomes(self, rows: Iterable[OutcomeRow], *, may_wait: bool) -> None:
        """Count the records that were staged, but not those that wait, where they may."""
        for row in rows:
            kind, outcome, reason, count, path, waits = row
            if waits and may_wait:
                self.waiting.outcomes.append(row)
                continue
            self.tally.add(Kind(kind), Outcome(outcome), count)
            if reason is not None:
                _count(self.reasons, (Kind(kind), Outcome(outcome), reason), count, self.file, path)

    def give_up_waiting(self) -> None:
        """Count those that have waited as what they are: left out."""
        self.take_outcomes(self.waiting.outcomes, may_wait=False)
        self.waiting.outcomes = []

    def take_disagreements(self, rows: Iterable[tuple[str, str, int, str]]) -> None:
        """Count records that are in although they say different things."""
        for kind, what, count, path in rows:
            _count(self.disagreements, (Kind(kind), what), count, self.file, path)

    def map(self, source_id: str, user_id: str, why: str) -> None:
        """A user goes by another id here."""
        self.mapped_users += 1
        if len(self.mapped) < _KEPT:
            self.mapped.append(MappedUser(source_id, user_id, why))

    def nothing_is_in(self, why: str) -> None:
        """The file was rolled back: what was not rejected was skipped with it."""
        self.give_up_waiting()
        rejected = {kind: self.tally.rows(kind, Outcome.rejected) for kind in Kind}
        self.tally = Tally()
        self.reasons = {key: first for key, first in self.reasons.items() if key[1] is Outcome.rejected}
        for kind in Kind:
            self.tally.add(kind, Outcome.rejected, rejected[kind])
            if skipped := self.read[kind] - rejected[kind]:
                self.tally.add(kind, Outcome.skipped, skipped)
                _count(self.reasons, (kind, Outcome.skipped, why), skipped, self.file, "$")
        self.disagreements, self.mapped, self.mapped_users, self.created = {}, [], 0, Created()


@dataclass
class RunSum:
    """What is known of all files."""

    files: list[FileReport] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    reasons: Counted = field(default_factory=dict)
    disagreements: Counted = field(default_factory=dict)
    mapped: list[MappedUser] = field(default_factory=list)
    mapped_users: int = 0
    created: Created = field(default_factory=Created)
    other_keys: set[str] = field(default_factory=set)

    def add(self, found: FileSum) -> None:
        """Add a file that is done with."""
        for (kind, outcome), rows in found.tally.counts.items():
            self.tally.add(kind, outcome, rows)
        for mine, theirs in ((self.reasons, found.reasons), (self.disagreements, found.disagreements)):
            for key, (rows, file, path) in theirs.items():
                _count(mine, key, rows, file, path)
        self.mapped += found.mapped[: _KEPT - len(self.mapped)]
        self.mapped_users += found.mapped_users
        self.created = self.created.plus(found.created)
        self.other_keys |= set(found.other_keys[: _KEPT - len(self.other_keys)])

    def report(self, database: str, options: ImportOptions, rejects: str | None, leftover: str | None) -> ImportReport:
        """All of it."""
        return ImportReport(
            database=database, dry_run=options.dry_run, files=tuple(self.files), kinds=self.tally.kinds(),
            reasons=tuple(_reason(*counted) for counted in sorted(self.reasons.items(), key=_most)),
            disagreements=tuple(_disagreement(*counted) for counted in sorted(self.disagreements.items(), key=_most)),
            mapped_users=self.mapped_users, mapped=tuple(self.mapped), created=self.created,
            other_keys=tuple(sorted(self.other_keys)), rejects=rejects, leftover=leftover, passwords_csv=None,
        )  # fmt: skip


def _reason(key: tuple[Any, ...], first: tuple[int, str, str]) -> Reason:
    (kind, outcome, reason), (rows, file, path) = key, first
    return Reason(kind, outcome, reason, rows, file, path)


def _disagreement(key: tuple[Any, ...], first: tuple[int, str, str]) -> Disagreement:
    (kind, what), (rows, file, path) = key, first
    return Disagreement(kind, what, rows, file, path)


def _count(counted: Counted, key: tuple[Any, ...], rows: int, file: str, path: str) -> None:
    if len(counted) >= _KEPT and key not in counted:
        key = (*key[:-1], _OTHER_REASONS)
    before, file, path = counted.get(key, (0, file, path))
    counted[key] = (before + rows, file, path)


def _most(counted: tuple[tuple[Any, ...], tuple[int, str, str]]) -> tuple[bool, int, str]:
    """Rejections first, and what happened often."""
    key, (rows, _file, _path) = counted
    return Outcome.rejected not in key, -rows, str(key)
