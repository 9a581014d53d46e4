"""The databases that made room for restored ones, or for a reset: back with the last of them, or away with all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2 import errors

from alphanest_db.backup.restore.model import Kept
from alphanest_db.database.databases import drop_database, maintenance_session
from alphanest_db.database.identifiers import load_sql, name, statement
from alphanest_db.database.locks import LockProgress, name_lock
from alphanest_db.database.scratch import drop_forgotten
from alphanest_db.database.swap import kept_at, kept_name, read_swap_facts, refuse_if_in_the_way, swap
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, Refused


@dataclass(frozen=True)
class Undone:
    """The database that was live before is live again; the restored one goes by the name `kept`."""

    database: str
    back: str
    kept: str
    ended_sessions: int
    outage_seconds: float


@dataclass(frozen=True)
class CleanedUp:
    """Databases that are gone."""

    database: str
    dropped: tuple[Kept, ...]
    freed_bytes: int


def list_kept(target: Target, *, timeout_seconds: int = 10) -> list[Kept]:
    """The databases that made room for restored ones of the target's name, the newest first."""
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        cursor.execute(load_sql(__package__, "kept"), {"prefix": f"{target.database}_before_"})
        return [Kept(kept, at, size or 0) for kept, size in cursor if (at := kept_at(target.database, kept))]


def undo_restore(
    target: Target, kept: Kept, *, now: datetime, lock_wait_seconds: float, timeout_seconds: int = 10,
    progress: LockProgress = lambda _waited, _holder: None,
) -> Undone:  # fmt: skip
    """Give a kept database its name back; the one that has it now is kept in its turn, so that this can be undone as well.

    Raises LockTimeout, and Refused, also where another one was kept meanwhile; nothing is changed then.
    """
    with name_lock(target, wait_seconds=lock_wait_seconds, timeout_seconds=timeout_seconds, progress=progress):
        drop_forgotten(target, timeout_seconds=timeout_seconds)
        _refuse_if_older(target, kept, timeout_seconds)
        with maintenance_session(target, timeout_seconds=timeout_seconds) as connection:
            facts = read_swap_facts(connection, target.database)
            if facts:
                refuse_if_in_the_way(target.database, facts)
            room = kept_name(connection, target.database, now)
        done = swap(target, kept.database, room if facts else None, timeout_seconds=timeout_seconds)
    return Undone(target.database, kept.database, done.kept or "", done.ended_sessions, done.outage_seconds)


def newest_kept(target: Target, *, timeout_seconds: int = 10) -> Kept:
    """The database that made room last. Raises AlphanestError where there is none."""
    found = list_kept(target, timeout_seconds=timeout_seconds)
    if not found:
        raise AlphanestError(
            f"there is no restore of {target.database} to undo, and no reset: no database is kept as {target.database}_before_…",
            "It was cleaned up, or the restore was in place; a backup is what is left: `alphanest backup list`.",
        )
    return found[0]


def clean_up(
    target: Target, kept: Sequence[Kept], *, force: bool = False, lock_wait_seconds: float, timeout_seconds: int = 10
) -> CleanedUp:
    """Drop these kept databases. Raises Refused where somebody is connected to one and `force` is not given."""
    with name_lock(target, wait_seconds=lock_wait_seconds, timeout_seconds=timeout_seconds):
        drop_forgotten(target, timeout_seconds=timeout_seconds)
        for item in kept:
            _allow_to_drop(target, item.database, timeout_seconds)
            drop_database(target.with_database(item.database), force=force, timeout_seconds=timeout_seconds)
    return CleanedUp(target.database, tuple(kept), sum(item.size_bytes for item in kept))


def _refuse_if_older(target: Target, kept: Kept, timeout_seconds: int) -> None:
    newest = newest_kept(target, timeout_seconds=timeout_seconds)
    if newest.database != kept.database:
        raise Refused(
            f"{target.database} was replaced meanwhile: {newest.database} was live before, and not {kept.database}",
            "Nothing was changed. Look again, and undo if that is still what you want.",
        )


def _allow_to_drop(target: Target, database: str, timeout_seconds: int) -> None:
    """A template cannot be dropped, and a restored one's predecessor may be one."""
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement("ALTER DATABASE {} IS_TEMPLATE false", name(database)))
        except errors.InvalidCatalogName:
            pass  # somebody was faster, and dropping it says so
        except errors.InsufficientPrivilege as error:
            raise Refused(
                f"user {target.user!r} may not drop the database {database!r}", "Only its owner may."
            ) from error
