"""What an import reads, finds and does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alphanest_db.accounts.users.model import NewUser
from alphanest_db.errors import Refused
from alphanest_db.units import plural


@dataclass(frozen=True)
class SourceRow:
    """A row of the file as it stands there; `line` is where it begins, `broken` why it is none."""

    line: int
    values: dict[str, object] = field(repr=False)
    broken: str | None = None


@dataclass(frozen=True)
class ImportProblem:
    """What is wrong with a row, in the line where it begins."""

    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: the {self.field or 'row'} {self.problem}"


@dataclass(frozen=True)
class Candidate:
    """Somebody to be registered: with a hash, or with a password that is given or still to be generated."""

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


ImportProgress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and of how many."""


class ImportRefused(Refused):
    """Rows of the file have problems, and nothing was imported; `problems` holds all of them."""

    def __init__(self, problems: Sequence[ImportProblem]) -> None:
        rows = len({problem.line for problem in problems})
        super().__init__(
            f"nothing was imported: {plural(len(problems), 'problem')} in {plural(rows, 'row')}",
            "Mend them, or leave those rows out with --skip-invalid FILE, which gets them.",
            [str(problem) for problem in problems],
        )
        self.problems = tuple(problems)
