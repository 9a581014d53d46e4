"""Importing browser exports with real rules, passwords and keys."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import issue_key, storage_in_use
from alphanest_db.accounts.hashing import hash_passwords
from alphanest_db.accounts.passwords import UNUSABLE, generate_password
from alphanest_db.accounts.users.companions import booth_row, subscription_row
from alphanest_db.accounts.users.model import NewUser
from alphanest_db.accounts.users.rows import UserRows, copy_rows, insert_rows, rows_of
from alphanest_db.accounts.users.rules import LONGEST_AVATAR, avatar_violations, email_violations, username_violations
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.locks import ACCOUNTS, lock_for_transaction
from alphanest_db.database.pooling import refuse_transaction_pooling
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput
from alphanest_db.models.values import PlanType, SubscriptionStatus
from alphanest_db.private_files import append_private, require_new
from alphanest_db.seeding.local_storage.accounts import Newcomer
from alphanest_db.seeding.local_storage.lines import leftover_path
from alphanest_db.seeding.local_storage.model import ImportOptions, ImportReport
from alphanest_db.seeding.local_storage.run import Progress, import_exports
from alphanest_db.seeding.local_storage.sources import Source
from alphanest_db.settings import KeyStorage, Settings

_HASHED_AT_ONCE = 500


def import_local_storage(
    target: Target, settings: Settings, sources: Sequence[Source], options: ImportOptions, *,
    now: datetime, standard_input: BinaryIO, progress: Progress = lambda _what, _done, _all: None,
) -> ImportReport:  # fmt: skip
    """Import the exports, one transaction for each; on a dry run nothing is committed, and nobody gets a password.

    Raises InvalidInput for files to be written to that are there already, and Refused behind a pooler in transaction mode.
    """
    timeout_seconds = settings.connect_timeout_seconds
    _require_files(options)
    with session(target, timeout_seconds=timeout_seconds) as connection:
        refuse_transaction_pooling(target, connection, timeout_seconds=timeout_seconds)
    passwords = _Passwords(options.passwords_csv, settings) if options.passwords_csv and not options.dry_run else None
    with transaction(target, timeout_seconds=timeout_seconds, patient=True) as connection:
        accounts = _RealAccounts(storage_in_use(connection, settings.api_key_storage), passwords)
        report = import_exports(
            connection, sources, options, accounts, now=now, standard_input=standard_input, progress=progress
        )
    return replace(report, passwords_csv=str(options.passwords_csv) if passwords and passwords.is_written else None)


class _RealAccounts:
    """Registers users as `user create` does; who has no password can not log in."""

    def __init__(self, storage: KeyStorage, passwords: "_Passwords | None") -> None:
        self._storage = storage
        self._passwords = passwords

    def username_problems(self, username: str) -> Sequence[str]:
        return [str(violation) for violation in username_violations(username)]

    def email_problems(self, email: str) -> Sequence[str]:
        return [str(violation) for violation in email_violations(email)]

    def is_avatar(self, avatar: str) -> bool:
        return not avatar_violations(avatar) and not (avatar.isascii() and len(avatar) == LONGEST_AVATAR)

    def prepare(self, ids: Iterable[str]) -> None:
        if self._passwords:
            self._passwords.prepare(ids)

    def lock(self, connection: Connection) -> None:
        lock_for_transaction(connection, ACCOUNTS)

    def register(self, connection: Connection, people: Sequence[Newcomer]) -> None:
        keys = [issue_key(self._storage) for _ in people]
        hashes = (
            self._passwords.given_to(people, [key.key for key in keys]) if self._passwords else [UNUSABLE] * len(people)
        )
        insert_rows(
            connection,
            [_rows(person, hashed, key.stored) for person, hashed, key in zip(people, hashes, keys, strict=True)],
        )

    def complete(self, connection: Connection, people: Sequence[Newcomer], *, booth: bool) -> None:
        if people and booth:
            copy_rows(connection, "market_booths", [booth_row(person.id, person.username) for person in people])
        elif people:
            trial, monthly = SubscriptionStatus.trial, PlanType.monthly
            copy_rows(connection, "subscriptions", [subscription_row(person.id, trial, monthly) for person in people])

    def settle(self) -> None:
        if self._passwords:
            self._passwords.write()

    def forget(self) -> None:
        if self._passwords:
            self._passwords.forget()


class _Passwords:
    """Passwords that are made up: in the file, and on the disk, before the transaction is committed that brings their users."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.is_written = False
        self._path = path
        self._settings = settings
        self._ready: dict[str, tuple[str, str]] = {}
        self._told: list[tuple[str, str, str, str]] = []

    def prepare(self, ids: Iterable[str]) -> None:
        """Make passwords for these users; hashing takes long, and is done before others have to wait."""
        wanted = iter(ids)
        while some := list(islice(wanted, _HASHED_AT_ONCE)):
            passwords = [generate_password() for _ in some]
            hashes = hash_passwords(passwords, cost=self._settings.bcrypt_cost, scheme=self._settings.password_scheme)
            self._ready |= dict(zip(some, zip(passwords, hashes, strict=True), strict=True))

    def given_to(self, people: Sequence[Newcomer], keys: Sequence[str]) -> list[str]:
        """The hashes of these users' passwords, which the file will tell with their keys."""
        self.prepare(person.id for person in people if person.id not in self._ready)
        given = [self._ready.pop(person.id) for person in people]
        self._told += [
            (person.username, person.email, password, key)
            for person, (password, _hashed), key in zip(people, given, keys, strict=True)
        ]
        return [hashed for _password, hashed in given]

    def write(self) -> None:
        """Put what is to be told on the disk."""
        if self._told:
            text = io.StringIO()
            header = [] if self.is_written else [("username", "email", "password", "api_key")]
            csv.writer(text, lineterminator="\n").writerows([*header, *self._told])
            append_private(self._path, text.getvalue())
            self.is_written = True
        self.forget()

    def forget(self) -> None:
        """Nothing is to be told."""
        self._told.clear()
        self._ready.clear()


def _require_files(options: ImportOptions) -> None:
    written = [
        path
        for path in (options.rejects, options.rejects and leftover_path(options.rejects), options.passwords_csv)
        if path
    ]
    for path in written:
        require_new(path)
    if len({path.absolute() for path in written}) < len(written):
        raise InvalidInput("--passwords-csv and --rejects name the same file", "Name two.")


def _rows(person: Newcomer, hashed: str, stored_key: str) -> UserRows:
    rows = rows_of(_new_user(person), hashed, stored_key, id_=person.id)
    times = {"created_at": person.created_at, "updated_at": person.updated_at}
    return replace(rows, users={**rows.users, **times})


def _new_user(person: Newcomer) -> NewUser:
    return NewUser(person.username, person.email, password="", avatar=person.avatar)
