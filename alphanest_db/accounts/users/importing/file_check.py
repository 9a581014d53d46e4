"""A whole file of users, and what is wrong with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.users.importing.model import (
    Candidate,
    ImportCheck,
    ImportProblem,
    ImportProgress,
    SourceRow,
    untold,
)
from alphanest_db.accounts.users.importing.reading import read_users
from alphanest_db.accounts.users.importing.row_check import check_row, find_repeated, find_taken, with_names
from alphanest_db.settings import Settings


@dataclass(frozen=True)
class CheckedImport:
    """The rows of a file, those who can be registered, and what is wrong with the others."""

    file: Path
    rows: tuple[SourceRow, ...] = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)
    problems: tuple[ImportProblem, ...]

    def summary(self) -> ImportCheck:
        """What `--dry-run` tells."""
        without_password = sum(candidate.generates for candidate in self.candidates)
        return ImportCheck(str(self.file), len(self.rows), len(self.candidates), without_password, self.problems)


def check_import(
    connection: Connection, file: Path, settings: Settings, *,
    progress: ImportProgress = untold, begun: Callable[[Candidate], None] = lambda _candidate: None,
) -> CheckedImport:  # fmt: skip
    """Read the file and look at every row, by itself and beside the others and the database's; changes nothing.

    `begun` is told of whoever has no problem by themselves, as soon as that is known.
    Raises InvalidInput where the file has no rows that could be read.
    """
    rows, candidates, problems = [], [], []
    for row in read_users(file):
        rows.append(row)
        candidate, found = check_row(row, settings.password_min_length)
        problems += found
        if candidate:
            candidates.append(candidate)
            begun(candidate)
        progress("checking", len(rows), None)
    named = with_names(rows)
    problems += [*find_repeated(connection, named), *find_taken(connection, named)]
    return _checked(file, rows, candidates, problems)


def _checked(
    file: Path, rows: Sequence[SourceRow], candidates: Sequence[Candidate], problems: Sequence[ImportProblem]
) -> CheckedImport:
    """Whoever has a problem of any kind is no candidate."""
    places = {problem.place for problem in problems}
    clean = tuple(c for c in candidates if c.row.place not in places) if places else tuple(candidates)
    return CheckedImport(file, tuple(rows), clean, tuple(sorted(problems, key=_order)))


def _order(problem: ImportProblem) -> tuple[int, int]:
    return problem.line, problem.item or 0
