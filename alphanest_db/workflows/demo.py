"""Seeding the demo data where that is allowed, with real passwords and keys."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from alphanest_db.accounts.api_keys import issue_key, storage_in_use
from alphanest_db.accounts.passwords import hash_password, verify_password
from alphanest_db.database.connect import session
from alphanest_db.database.engine import driver_connection, pooled_engine
from alphanest_db.database.target import Target
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head
from alphanest_db.seeding.demo import DemoConflict, SeedResult, seed_demo
from alphanest_db.settings import Settings
from alphanest_db.workflows.guards import effective_environment, refuse_in_protected


class _RealCredentials:
    """Passwords and keys as the settings and the database want them stored."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self._settings = settings
        self._storage = storage_in_use(driver_connection(connection), settings.api_key_storage)

    def hash_password(self, password: str) -> str:
        return hash_password(password, cost=self._settings.bcrypt_cost, scheme=self._settings.password_scheme)

    def verify_password(self, password: str, stored: str) -> bool:
        return verify_password(password, stored)

    def issue_key(self) -> tuple[str, str]:
        issued = issue_key(self._storage)
        return issued.key, issued.stored


def seed_demo_data(
    target: Target, settings: Settings, folder: Path, *, now: datetime, force: bool = False
) -> SeedResult:
    """Put the demo data in, in one transaction; with `force`, put changed demo rows back.

    Raises Refused in staging and production, PendingMigrations, and DemoConflict.
    """
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        refuse_in_protected(effective_environment(connection, settings.environment), "seeding demo data")
        require_head(connection, read_revisions(folder))
    engine = pooled_engine(target, settings.pool, timeout_seconds=settings.connect_timeout_seconds)
    try:
        with engine.begin() as transaction:
            return seed_demo(transaction, _RealCredentials(settings, transaction), now=now, force=force)
    except IntegrityError as error:
        raise DemoConflict(
            "rows that are there already stand in the way of the demo data",
            "Seed a database of its own: alphanest db create, with another DB_NAME.",
        ) from error
    finally:
        engine.dispose()
