"""The restore that cannot hurt: into a new database beside the live one, which takes its name when all is well.

Killed at any moment, the live database is exactly the old or the new one: until the swap nothing touches it, and the swap is one
transaction. What is left of a killed restore has a name that nobody claims any more, and the next command drops it.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import psycopg2
from psycopg2 import errors

from alphanest_db.backup.restore.dumps import Dump
from alphanest_db.backup.restore.load import Loaded, load_and_compare
from alphanest_db.backup.restore.model import Prepare, Restored, RestoreOptions, RestoreReport, Stage, Way
from alphanest_db.database.admin import read_environment, record_environment
from alphanest_db.database.connect import session
from alphanest_db.database.databases import create_database, maintenance_session
from alphanest_db.database.failures import primary_message
from alphanest_db.database.locks import MIGRATOR, acquire, name_lock
from alphanest_db.database.properties import (
    DatabaseProperties,
    copy_properties,
    create_database_like,
    find_properties,
)
from alphanest_db.database.scratch import claimed_name, drop_forgotten
from alphanest_db.database.swap import Swapped, kept_name, read_swap_facts, refuse_if_in_the_way, swap
from alphanest_db.database.target import Target
from alphanest_db.errors import DatabaseExists, Refused
from alphanest_db.settings import Environment


def restore_beside(
    live: Target, dump: Dump, folder: Path, environ: Mapping[str, str], *, now: datetime, options: RestoreOptions,
    report: RestoreReport, prepare: Prepare = lambda _shadow: None,
) -> Restored:  # fmt: skip
    """Restore the dump into a new database, and let it take the live one's name, or with `options.into` that name.

    `prepare` is called with the new database before; whatever it raises, and whatever else goes wrong, the live one stays as it
    is. `folder` is for temporary files. Raises Refused, LockTimeout, RestoredDiffers, DumpNotRestored, ProgramNotFound.
    """
    begun = time.monotonic()
    timeout_seconds = options.timeout_seconds
    final = live.with_database(options.into) if options.into else live
    with name_lock(
        final, wait_seconds=options.lock_wait_seconds, timeout_seconds=timeout_seconds, progress=report.lock
    ):
        drop_forgotten(final, timeout_seconds=timeout_seconds)
        like = _properties_of(live, timeout_seconds)
        _refuse_if_hopeless(final, timeout_seconds, is_copy=options.into is not None)
        with claimed_name(final, timeout_seconds=timeout_seconds) as shadow:
            _create(shadow, like, timeout_seconds)
            loaded = load_and_compare(dump, shadow, folder, environ, options, report)
            report.stage(Stage.preparing, final.database)
            prepare(shadow)
            replaced = None if options.into else like
            notes = _dress(shadow, live, replaced, timeout_seconds) if replaced else ()
            report.stage(Stage.swapping, final.database)
            swapped = _take_over(final, shadow, options, report, now, replaces=replaced is not None)
    way = Way.copy if options.into else Way.swap if like else Way.create
    return restored(dump, final.database, way, loaded, swapped, time.monotonic() - begun, notes)


def restored(
    dump: Dump, database: str, way: Way, loaded: Loaded, swapped: Swapped | None, seconds: float, notes: tuple[str, ...]
) -> Restored:
    """The answer, put together."""
    return Restored(
        database, way, dump.name, loaded.contents.rows, len(loaded.contents.tables), loaded.contents.revisions,
        verified=dump.manifest is not None, kept=swapped.kept if swapped else None,
        ended_sessions=swapped.ended_sessions if swapped else 0,
        outage_seconds=swapped.outage_seconds if swapped and swapped.kept else None, duration_seconds=seconds,
        violations=loaded.contents.violations, not_valid=loaded.contents.not_valid, notes=(*loaded.notes, *notes),
    )  # fmt: skip


def _properties_of(live: Target, timeout_seconds: int) -> DatabaseProperties | None:
    with maintenance_session(live, timeout_seconds=timeout_seconds) as connection:
        return find_properties(connection, live.database)


def _refuse_if_hopeless(final: Target, timeout_seconds: int, *, is_copy: bool) -> None:
    with maintenance_session(final, timeout_seconds=timeout_seconds) as connection:
        facts = read_swap_facts(connection, final.database)
    if facts and is_copy:
        raise Refused(f"the database {final.database!r} exists already", "Choose another name for the copy.")
    if facts:
        refuse_if_in_the_way(final.database, facts)


def _create(shadow: Target, like: DatabaseProperties | None, timeout_seconds: int) -> None:
    if like is None:
        create_database(shadow, timeout_seconds=timeout_seconds)
        return
    with maintenance_session(shadow, timeout_seconds=timeout_seconds) as connection:
        try:
            create_database_like(connection, shadow.database, like)
        except errors.DuplicateDatabase as error:
            raise DatabaseExists(shadow.database) from error
        except errors.InsufficientPrivilege as error:
            raise Refused(
                f"user {shadow.user!r} may not create a database for {like.owner!r}: {primary_message(error)}",
                "Connect as a superuser, or as a member of that role with CREATEDB.",
            ) from error


def _dress(shadow: Target, live: Target, like: DatabaseProperties, timeout_seconds: int) -> tuple[str, ...]:
    """Give the new database what belongs to the name and not to the dump; in words what could not be given."""
    with session(live, timeout_seconds=timeout_seconds) as connection:
        environment = read_environment(connection)
    notes = _keep_environment(shadow, environment, timeout_seconds) if environment else ()
    with maintenance_session(shadow, timeout_seconds=timeout_seconds) as connection:
        refused = copy_properties(connection, shadow.database, like)
    return (*notes, *(f"could not be kept: {what}" for what in refused))


def _keep_environment(shadow: Target, environment: Environment, timeout_seconds: int) -> tuple[str, ...]:
    with session(shadow, timeout_seconds=timeout_seconds) as connection:
        dumped = read_environment(connection)
        try:
            recorded = record_environment(connection, environment)
        except psycopg2.Error as error:
            return (f"the environment {environment} could not be recorded: {primary_message(error)}",)
    if recorded != environment:
        return (f"the dump comes from a {dumped} database, and the restored one counts as {recorded}",)
    return ()


def _take_over(
    final: Target, shadow: Target, options: RestoreOptions, report: RestoreReport, now: datetime, *, replaces: bool
) -> Swapped:
    timeout_seconds = options.timeout_seconds
    if not replaces:
        return swap(final, shadow.database, None, timeout_seconds=timeout_seconds)
    with maintenance_session(final, timeout_seconds=timeout_seconds) as connection:
        kept = kept_name(connection, final.database, now)
    # The swap ends the session that holds the lock, as all others.
    with session(final, timeout_seconds=timeout_seconds, application_name="alphanest lock") as locking:
        acquire(locking, MIGRATOR, wait_seconds=options.lock_wait_seconds, progress=report.lock)
        return swap(final, shadow.database, kept, timeout_seconds=timeout_seconds)
