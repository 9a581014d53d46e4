"""What an import reads, finds and does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alphanest_db.accounts.users.model import NewUser
from alphanest_db.errors import Refused
from alphanest_db.units import plural


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of the file as it stands there; `line` is where it begins, `broken` why it is none.

    `item` counts the users of a JSON list, all of which may stand in one line; None in CSV.
    """

    line: int
    values: dict[str, object] = field(repr=False)
    broken: str | None = None
    item: int | None = None

    @property
    def place(self) -> str:
        """Where the row is, and no other."""
        return place_of(self.line, self.item)

    def problem(self, field: str, problem: str) -> "ImportProblem":
        """Something that is wrong with the row."""
        return ImportProblem(self.line, self.item, field, problem)


@dataclass(frozen=True)
class ImportProblem:
    """What is wrong with a row, in the line where it begins; `item` as a row has it."""

    line: int
    item: int | None
    field: str
    problem: str

    @property
    def place(self) -> str:
        """Where the row is, and no other."""
        return place_of(self.line, self.item)

    def __str__(self) -> str:
        return f"{self.place}: the {self.field or 'row'} {self.problem}"


def place_of(line: int, item: int | None) -> str:
    """A place in the file as people write it.

    >>> place_of(4, None), place_of(1, 3)
    ('line 4', 'line 1, item 3')
    """
    return f"line {line}" if item is None else f"line {line}, item {item}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to be registered: with a hash, or with a password, which `generates` says was generated."""

    row: SourceRow
    user: NewUser
    password_hash: str | None = field(repr=False)
    generates: bool


@dataclass(frozen=True)
class ImportCheck:
    """What is in the file: all problems, in the order of lines."""

    file: str
    rows: int
    valid: int
    without_password: int
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True)
class ImportResult:
    """What an import did."""

    imported: int
    skipped: int
    generated_passwords: int
    passwords_csv: str | None
    rejects: str | None


@dataclass(frozen=True)
class ImportFiles:
    """Where an import writes to: passwords and keys, and the rows that it skips."""

    passwords_csv: Path | None = None
    rejects: Path | None = None


ImportProgress = Callable[[str, int, int | None], None]
"""Told what is being done, how many are done, and of how many where that is known."""


def untold(_what: str, _done: int, _everything: int | None) -> None:
    """The progress of what nobody watches."""


class ImportRefused(Refused):
    """Rows of the file have problems, and nothing was imported; `problems` holds all of them."""

    def __init__(self, problems: Sequence[ImportProblem]) -> None:
        rows = len({problem.place for problem in problems})
        super().__init__(
            f"nothing was imported: {plural(len(problems), 'problem')} in {plural(rows, 'row')}",
            "Mend them, or leave those rows out with --skip-invalid FILE, which gets them.",
            [str(problem) for problem in problems],
        )
        self.problems = tuple(problems)
