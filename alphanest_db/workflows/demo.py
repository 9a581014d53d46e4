"""Seeding the demo data where that is allowed, with real passwords and keys."""

import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.api_keys import issue_key, storage_in_use
from alphanest_db.accounts.passwords import hash_password, verify_password
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head
from alphanest_db.seeding.demo import NAME, SeedResult, demo_set, seed_demo
from alphanest_db.seeding.sets.remembering import ensure_memory, remember
from alphanest_db.settings import Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.guards import effective_environment, refuse_in_protected
from alphanest_db.workflows.seed_runs import hand_for, lock_seeds


class RealCredentials:
    """Passwords and keys as the settings and the database want them stored."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self._settings = settings
        self._storage = storage_in_use(connection, settings.api_key_storage)

    def hash_password(self, password: str) -> str:
        return hash_password(password, cost=self._settings.bcrypt_cost, scheme=self._settings.password_scheme)

    def verify_password(self, password: str, stored: str) -> bool:
        return verify_password(password, stored)

    def issue_key(self) -> tuple[str, str]:
        issued = issue_key(self._storage)
        return issued.key, issued.stored


class NoCredentials:
    """What stands for passwords and keys in a plan, which is rolled back."""

    def hash_password(self, password: str) -> str:
        return "!"

    def verify_password(self, password: str, stored: str) -> bool:
        return verify_password(password, stored)

    def issue_key(self) -> tuple[str, str]:
        key = secrets.token_hex()
        return key, key


def seed_demo_data(
    target: Target, settings: Settings, folder: Path, *, now: datetime, force: bool = False
) -> SeedResult:
    """Put the demo data in, in one transaction; with `force`, put changed demo rows back.

    Raises Refused in staging and production, PendingMigrations, and DemoConflict.
    """
    timeout_seconds = settings.connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        refuse_in_protected(effective_environment(connection, settings.environment), "seeding demo data")
        require_head(connection, read_revisions(folder))
        can_remember = ensure_memory(connection)
    with transaction(target, timeout_seconds=timeout_seconds, patient=True) as connection:
        lock_seeds(connection)
        hand = hand_for(connection, NAME, can_remember=can_remember)
        credentials = RealCredentials(settings, connection)
        result = seed_demo(connection, hand, credentials, now=now, force=force)
        if can_remember and not result.changed_rows:
            seed = demo_set(credentials, now=now, force=force, tell=lambda _user: None)
            remember(connection, seed, hand.run, by=whoever_runs_this())
        return replace(result, run=hand.run)
