"""Registering many users at once: checked as a whole, hashed on all cores, put in by one transaction."""

import contextlib
import csv
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import IssuedKey, issue_keys, storage_in_use
from alphanest_db.accounts.hashing import Hashing, hashing_seconds
from alphanest_db.accounts.users.importing.file_check import CheckedImport, check_import
from alphanest_db.accounts.users.importing.model import (
    Candidate,
    ImportFiles,
    ImportProblem,
    ImportProgress,
    ImportRefused,
    ImportResult,
    untold,
)
from alphanest_db.accounts.users.importing.rejects import write_rejects
from alphanest_db.accounts.users.importing.row_check import find_taken
from alphanest_db.accounts.users.rows import ids_of_many, insert_rows, rows_of_many
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


def import_file(
    target: Target, settings: Settings, file: Path, files: ImportFiles, *, progress: ImportProgress = untold
) -> ImportResult:
    """Check the file and register its users; passwords are hashed from the first row on. Raises what the two parts do."""
    with _no_search_for_cycles(), Hashing(cost=settings.bcrypt_cost, scheme=settings.password_scheme) as hashing:
        with transaction(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
            checked = check_import(
                connection, file, settings, progress=progress, begun=lambda user: _begin(user, hashing)
            )
        return import_users(target, settings, checked, files, hashing, progress=progress)


@contextlib.contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Users are no cycles, and looking for some among so many, which Python does ever again, costs a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def import_users(
    target: Target, settings: Settings, checked: CheckedImport, files: ImportFiles, hashing: Hashing, *,
    progress: ImportProgress = untold,
) -> ImportResult:  # fmt: skip
    """Register all of them, or with `files.rejects` all who can be; the files are on the disk before the users are.

    Raises ImportRefused where a row has a problem, also one that came while the passwords were hashed, and InvalidInput
    where passwords are to be generated and there is no file for them.
    """
    _require_files(checked, files)
    _require_clean(checked.problems, files)
    ready = _hashed(checked.candidates, hashing)
    count = len(checked.candidates)
    if hashing_seconds(count, settings.bcrypt_cost) > _LONGEST_LOCK_SECONDS:
        ready = iter(list(_counted(ready, count, "hashing passwords", progress)))
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds, patient=True) as connection:
        lock_for_transaction(connection, ACCOUNTS)
        late = find_taken(connection, [candidate.row for candidate in checked.candidates])
        _require_clean(late, files)
        wanted = _without(ready, late)
        done = _insert(
            connection, _counted(wanted, count, "registering", progress), ids_of_many(count), settings, files
        )
        problems = [*checked.problems, *late]
        if files.rejects and problems:
            write_rejects(files.rejects, checked.rows, problems)
    return ImportResult(
        imported=done.users, skipped=len(checked.rows) - done.users, generated_passwords=done.generated,
        passwords_csv=str(files.passwords_csv) if files.passwords_csv else None,
        rejects=str(files.rejects) if files.rejects and problems else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ready:
    """Somebody who can be put in."""

    candidate: Candidate
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


def _begin(candidate: Candidate, hashing: Hashing) -> None:
    if candidate.password_hash is None:
        hashing.begin(id(candidate.row), candidate.user.password)


def _hashed(candidates: Sequence[Candidate], hashing: Hashing) -> Iterator[_Ready]:
    """Everybody with a hash: the one that was given, else one of the given or the generated password."""
    for candidate in candidates:
        _begin(candidate, hashing)
    for candidate in candidates:
        yield _Ready(candidate, candidate.password_hash or hashing.stored(id(candidate.row)))


def _without(users: Iterator[_Ready], problems: Sequence[ImportProblem]) -> Iterator[_Ready]:
    places = {problem.place for problem in problems}
    return (user for user in users if user.candidate.row.place not in places) if places else users


def _counted(users: Iterator[_Ready], everything: int, what: str, progress: ImportProgress) -> Iterator[_Ready]:
    for number, user in enumerate(users):
        progress(what, number + 1, everything)
        yield user


@dataclass
class _Done:
    """What was put in so far."""

    users: int = 0
    generated: int = 0


def _insert(
    connection: Connection,
    users: Iterator[_Ready],
    ids: Iterator[Sequence[str]],
    settings: Settings,
    files: ImportFiles,
) -> _Done:
    """Put them in, a few thousand at a time, and tell their passwords and keys in the file."""
    storage = storage_in_use(connection, settings.api_key_storage)
    done = _Done()
    with contextlib.ExitStack() as stack:
        tell = _teller(stack, files.passwords_csv)
        while some := list(islice(users, _INSERTED_AT_ONCE)):
            keys = issue_keys(len(some), storage)
            users_given = [(u.candidate.user, u.hashed, key.stored) for u, key in zip(some, keys, strict=True)]
            with conflicts_told():
                insert_rows(connection, rows_of_many(users_given, ids))
            tell([_told(user, key) for user, key in zip(some, keys, strict=True)])
            done.users += len(some)
            done.generated += sum(user.candidate.generates for user in some)
    return done


def _teller(stack: contextlib.ExitStack, path: Path | None) -> Callable[[list[Credentials]], None]:
    """Writes passwords and keys to a new file, where one is wanted."""
    if path is None:
        return lambda _credentials: None
    writer = csv.writer(stack.enter_context(new_private_file(path)), lineterminator="\n")
    writer.writerow(("username", "email", "password", "api_key"))
    return writer.writerows


def _told(user: _Ready, key: IssuedKey) -> Credentials:
    account = user.candidate.user
    return account.username, account.email, account.password if user.candidate.generates else "", key.key
