"""Registering many users at once: checked as a whole, hashed on all cores, put in by one transaction."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import IssuedKey, issue_key, storage_in_use
from alphanest_db.accounts.hashing import hash_passwords, hashing_seconds
from alphanest_db.accounts.passwords import generate_password
from alphanest_db.accounts.users.importing.checking import check_row, find_repeated, find_taken
from alphanest_db.accounts.users.importing.model import (
    Candidate,
    ImportCheck,
    ImportFiles,
    ImportProblem,
    ImportProgress,
    ImportRefused,
    ImportResult,
    SourceRow,
)
from alphanest_db.accounts.users.importing.reading import read_users
from alphanest_db.accounts.users.importing.rejects import write_rejects
from alphanest_db.accounts.users.rows import insert_rows, rows_of
from alphanest_db.accounts.users.uniqueness import conflicts_told
from alphanest_db.database.connect import transaction
from alphanest_db.database.locks import ACCOUNTS, lock_for_transaction
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput
from alphanest_db.private_files import new_private_file, require_new
from alphanest_db.settings import Settings
from alphanest_db.units import plural

_INSERTED_AT_ONCE = 2000
# What is hashed in less is put in meanwhile, so that no core waits for the other; those who register others wait so long.
_LONGEST_LOCK_SECONDS = 60.0

Credentials = tuple[str, str, str, str]  # username, e-mail, generated password, key


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
    progress: ImportProgress = lambda _what, _done, _all: None,
) -> CheckedImport:  # fmt: skip
    """Read the file and look at every row, by itself and beside the others and the database's; changes nothing.

    Raises InvalidInput where the file has no rows that could be read.
    """
    rows = read_users(file)
    candidates, problems = [], []
    for number, row in enumerate(rows):
        candidate, found = check_row(row, settings.password_min_length)
        problems += found
        candidates += [candidate] if candidate else []
        progress("checking", number + 1, len(rows))
    problems += [*find_repeated(connection, rows), *find_taken(connection, rows)]
    return _checked(file, rows, candidates, problems)


def import_users(
    target: Target, settings: Settings, checked: CheckedImport, files: ImportFiles, *,
    progress: ImportProgress = lambda _what, _done, _all: None,
) -> ImportResult:  # fmt: skip
    """Register all of them, or with `files.rejects` all who can be; the files are on the disk before the users are.

    Raises ImportRefused where a row has a problem, also one that came while the passwords were hashed, and InvalidInput
    where passwords are to be generated and there is no file for them.
    """
    _require_files(checked, files)
    _require_clean(checked.problems, files)
    ready = _hashed(checked.candidates, settings)
    if hashing_seconds(len(checked.candidates), settings.bcrypt_cost) > _LONGEST_LOCK_SECONDS:
        ready = iter(list(_counted(ready, len(checked.candidates), "hashing passwords", progress)))
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds, patient=True) as connection:
        lock_for_transaction(connection, ACCOUNTS)
        late = find_taken(connection, (candidate.row for candidate in checked.candidates))
        _require_clean(late, files)
        taken = {problem.place for problem in late}
        wanted = (user for user in ready if user.candidate.row.place not in taken)
        done = _insert(connection, _counted(wanted, len(checked.candidates), "registering", progress), settings, files)
        problems = [*checked.problems, *late]
        if files.rejects and problems:
            write_rejects(files.rejects, checked.rows, problems)
    return ImportResult(
        imported=done.users, skipped=len(checked.rows) - done.users, generated_passwords=done.generated,
        passwords_csv=str(files.passwords_csv) if files.passwords_csv else None,
        rejects=str(files.rejects) if files.rejects and problems else None,
    )  # fmt: skip


@dataclass(frozen=True)
class _Ready:
    """Somebody who can be put in."""

    candidate: Candidate
    password: str | None = field(repr=False)
    hashed: str = field(repr=False)


def _require_files(checked: CheckedImport, files: ImportFiles) -> None:
    """What would be missed after hours of hashing is asked for first."""
    for path in (files.passwords_csv, files.rejects):
        if path is not None:
            require_new(path)
    if files.passwords_csv is not None and files.passwords_csv == files.rejects:
        raise InvalidInput("--passwords-csv and --skip-invalid name the same file", "Name two.")
    without = sum(candidate.generates for candidate in checked.candidates)
    if without and files.passwords_csv is None:
        raise InvalidInput(
            f"no password is given for {plural(without, 'user')} of the file, and nobody would be told a generated one",
            "Give --passwords-csv FILE, which gets them.",
        )


def _require_clean(problems: Sequence[ImportProblem], files: ImportFiles) -> None:
    if problems and files.rejects is None:
        raise ImportRefused(problems)


def _hashed(candidates: Sequence[Candidate], settings: Settings) -> Iterator[_Ready]:
    """Everybody with a hash: the one that was given, else one of the given or a generated password."""
    passwords = [generate_password() if c.generates else c.user.password for c in candidates]
    unhashed = [p for p, c in zip(passwords, candidates, strict=True) if c.password_hash is None]
    hashes = hash_passwords(unhashed, cost=settings.bcrypt_cost, scheme=settings.password_scheme)
    for candidate, password in zip(candidates, passwords, strict=True):
        yield _Ready(candidate, password if candidate.generates else None, candidate.password_hash or next(hashes))


def _counted(users: Iterator[_Ready], everything: int, what: str, progress: ImportProgress) -> Iterator[_Ready]:
    for number, user in enumerate(users):
        progress(what, number + 1, everything)
        yield user


@dataclass
class _Done:
    """What was put in so far."""

    users: int = 0
    generated: int = 0


def _insert(connection: Connection, users: Iterator[_Ready], settings: Settings, files: ImportFiles) -> _Done:
    """Put them in, a few thousand at a time, and tell their passwords and keys in the file."""
    storage = storage_in_use(connection, settings.api_key_storage)
    done = _Done()
    with ExitStack() as stack:
        tell = _teller(stack, files.passwords_csv)
        while some := list(islice(users, _INSERTED_AT_ONCE)):
            keys = [issue_key(storage) for _ in some]
            rows = [rows_of(u.candidate.user, u.hashed, key.stored) for u, key in zip(some, keys, strict=True)]
            with conflicts_told():
                insert_rows(connection, rows)
            tell([_told(user, key) for user, key in zip(some, keys, strict=True)])
            done.users += len(some)
            done.generated += sum(user.password is not None for user in some)
    return done


def _teller(stack: ExitStack, path: Path | None) -> Callable[[list[Credentials]], None]:
    """Writes passwords and keys to a new file, where one is wanted."""
    if path is None:
        return lambda _credentials: None
    writer = csv.writer(stack.enter_context(new_private_file(path)), lineterminator="\n")
    writer.writerow(("username", "email", "password", "api_key"))
    return writer.writerows


def _told(user: _Ready, key: IssuedKey) -> Credentials:
    account = user.candidate.user
    return account.username, account.email, user.password or "", key.key


def _checked(
    file: Path, rows: Sequence[SourceRow], candidates: Sequence[Candidate], problems: Sequence[ImportProblem]
) -> CheckedImport:
    """Whoever has a problem of any kind is no candidate."""
    places = {problem.place for problem in problems}
    clean = tuple(candidate for candidate in candidates if candidate.row.place not in places)
    return CheckedImport(file, tuple(rows), clean, tuple(sorted(problems, key=_order)))


def _order(problem: ImportProblem) -> tuple[int, int]:
    return problem.line, problem.item or 0
