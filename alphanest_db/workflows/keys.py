"""Ending API keys, many or one, behind the guards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.accounts.api_keys import storage_in_use
from alphanest_db.accounts.bulk.hardening import harden_keys
from alphanest_db.accounts.bulk.journal import Journal, Purpose, writable
from alphanest_db.accounts.bulk.rotation import rotate_keys, settle
from alphanest_db.accounts.bulk.working import Progress, count_keys, key_changer
from alphanest_db.accounts.key_form import Which
from alphanest_db.accounts.lookup import FoundUser, get_user
from alphanest_db.accounts.one_key import RevokedKey, revoke
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.settings import Environment, KeyStorage, Settings
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class KeysPlan:
    """How many keys would be changed."""

    database: str
    environment: Environment
    keys: int

    @property
    def destroys(self) -> bool:
        """Whether anything would be changed."""
        return self.keys > 0


@dataclass(frozen=True)
class RevokePlan:
    """Whose key would be taken away."""

    database: str
    environment: Environment
    user: FoundUser
    destroys: bool = True


@dataclass(frozen=True)
class RotatedKeys:
    """Keys that were replaced, those of earlier tries included; they are in the file alone."""

    database: str
    keys: int
    file: Path


@dataclass(frozen=True)
class HardenedKeys:
    """Keys that are stored as hashes now, and how many plain ones there are still."""

    database: str
    hardened: int
    still_plain: int


def plan_revoke(target: Target, settings: Settings, user: str) -> RevokePlan:
    """Whose key would be revoked; changes nothing. Raises UnknownUser and AmbiguousUser."""
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        found = get_user(connection, user)
    return RevokePlan(target.database, _environment(target, settings), found)


def revoke_confirmed(target: Target, settings: Settings, plan: RevokePlan, confirmation: Confirmation) -> RevokedKey:
    """Take the user's key away. Raises ConfirmationNeeded, and HasNoKey."""
    require_confirmation(plan.environment, plan.database, f"revoking the key of {plan.user.username}", confirmation)
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return revoke(connection, plan.user)


def plan_keys(target: Target, settings: Settings, where: Which | None) -> KeysPlan:
    """How many keys there are of that kind; changes nothing."""
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return KeysPlan(
            target.database, effective_environment(connection, settings.environment), count_keys(connection, where)
        )


def rotate_confirmed(
    target: Target, settings: Settings, plan: KeysPlan, confirmation: Confirmation, where: Which | None, file: Path, *,
    progress: Progress, notify: Callable[[str], None],
) -> RotatedKeys:  # fmt: skip
    """Replace all keys of that kind; the new ones are in the file, which only its owner can read.

    Goes on with the file of a rotation that was broken off. Raises ConfirmationNeeded, Refused where the file is another's, and
    LockTimeout.
    """
    timeout_seconds = settings.connect_timeout_seconds
    if plan.destroys:
        require_confirmation(plan.environment, plan.database, "rotating keys", confirmation)
    with key_changer(target, timeout_seconds=timeout_seconds) as connection, writable(file):
        journal = Journal(file)
        if journal.open(Purpose(target.url(), where and where.value)):
            notify(f"going on with {file}")
        begin = settle(connection, journal)
        storage = _storage(target, settings)
        keys = rotate_keys(connection, journal, where, storage, begin=begin, progress=progress, notify=notify)
        journal.finish()
    return RotatedKeys(target.database, keys, file)


def harden_confirmed(
    target: Target, settings: Settings, plan: KeysPlan, confirmation: Confirmation, *, progress: Progress
) -> HardenedKeys:
    """Store all plain keys as hashes.

    Raises ConfirmationNeeded, LockTimeout, and Refused where the settings ask for new keys to be plain.
    """
    if settings.api_key_storage is KeyStorage.plain:
        raise Refused(
            "ALPHANEST_API_KEY_STORAGE is plain: new keys would be stored in the clear again",
            "Set it to hashed, or to auto, which is hashed where no plain key is left.",
        )
    if plan.destroys:
        require_confirmation(plan.environment, plan.database, "hashing keys", confirmation)
    with key_changer(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        hardened = harden_keys(connection, progress=progress)
        return HardenedKeys(target.database, hardened, count_keys(connection, Which.plain))


def _environment(target: Target, settings: Settings) -> Environment:
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return effective_environment(connection, settings.environment)


def _storage(target: Target, settings: Settings) -> KeyStorage:
    with transaction(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return storage_in_use(connection, settings.api_key_storage)
