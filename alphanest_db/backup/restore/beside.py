"""The restore that cannot hurt: into a new database beside the live one, which takes its name when all is well.

Killed at any moment, the live database is exactly the old or the new one: until the swap nothing touches it, and the swap is one
transaction. What is left of a killed restore has a name that nobody claims any more, and the next command drops it.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg2

from alphanest_db.backup.restore.dumps import Dump
from alphanest_db.backup.restore.environment import environment_of, keep_environment
from alphanest_db.backup.restore.load import Loaded, load_and_compare
from alphanest_db.backup.restore.model import Prepare, Restored, RestoreOptions, RestoreReport, Stage, Way
from alphanest_db.database.connect import session
from alphanest_db.database.databases import maintenance_session
from alphanest_db.database.failures import primary_message
from alphanest_db.database.locks import name_lock
from alphanest_db.database.properties import DEFAULT_TABLESPACE, DatabaseProperties
from alphanest_db.database.replacement import create_shadow, dress_shadow, properties_of, take_over
from alphanest_db.database.scratch import claimed_name, drop_forgotten
from alphanest_db.database.swap import Swapped, read_swap_facts, refuse_if_in_the_way, swap
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused


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
    is_copy = options.into is not None
    final = live if options.into is None else live.with_database(options.into)
    with name_lock(
        final, wait_seconds=options.lock_wait_seconds, timeout_seconds=timeout_seconds, progress=report.lock
    ):
        drop_forgotten(final, timeout_seconds=timeout_seconds)
        like = properties_of(live, timeout_seconds=timeout_seconds)
        _refuse_if_hopeless(final, timeout_seconds, is_copy=is_copy)
        with claimed_name(final, timeout_seconds=timeout_seconds) as shadow:
            home = like or _at_home(dump, shadow, timeout_seconds)
            notes = create_shadow(shadow, home, timeout_seconds=timeout_seconds)
            loaded = load_and_compare(dump, shadow, folder, environ, options, report)
            report.stage(Stage.preparing, final.database)
            prepare(shadow)
            if like and not is_copy:
                notes += _keep_environment(shadow, live, timeout_seconds)
            if home and not is_copy:
                notes += dress_shadow(shadow, home, timeout_seconds=timeout_seconds)
            report.stage(Stage.swapping, final.database)
            if like and not is_copy:
                swapped = take_over(
                    final, shadow, now=now, lock_wait_seconds=options.lock_wait_seconds, timeout_seconds=timeout_seconds,
                    progress=report.lock,
                )  # fmt: skip
            else:
                swapped = swap(final, shadow.database, None, timeout_seconds=timeout_seconds)
    way = Way.copy if is_copy else Way.swap if like else Way.create
    return restored(dump, final.database, way, loaded, swapped, time.monotonic() - begun, notes)


def restored(
    dump: Dump, database: str, way: Way, loaded: Loaded, swapped: Swapped | None, seconds: float, notes: tuple[str, ...]
) -> Restored:
    """The answer, put together."""
    return Restored(
        database, way, dump.name, loaded.contents.rows, len(loaded.contents.tables), loaded.contents.revisions,
        loaded.contents.server_version, verified=dump.manifest is not None, kept=swapped.kept if swapped else None,
        ended_sessions=swapped.ended_sessions if swapped else 0,
        outage_seconds=swapped.outage_seconds if swapped and swapped.kept else None, duration_seconds=seconds,
        violations=loaded.contents.violations, not_valid=loaded.contents.not_valid, notes=(*loaded.notes, *notes),
    )  # fmt: skip


def _refuse_if_hopeless(final: Target, timeout_seconds: int, *, is_copy: bool) -> None:
    with maintenance_session(final, timeout_seconds=timeout_seconds) as connection:
        facts = read_swap_facts(connection, final.database)
    if facts and is_copy:
        raise Refused(f"the database {final.database!r} exists already", "Choose another name for the copy.")
    if facts:
        refuse_if_in_the_way(final.database, facts)


def _at_home(dump: Dump, shadow: Target, timeout_seconds: int) -> DatabaseProperties | None:
    """What the dumped database was like, as far as this server knows its owner and tablespace; None where nothing tells."""
    if dump.manifest is None:
        return None
    like = dump.manifest.properties
    with maintenance_session(shadow, timeout_seconds=timeout_seconds) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %s),"
            " EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = %s)",
            (like.owner, like.tablespace),
        )
        [(has_owner, has_tablespace)] = cursor.fetchall()
    owner = like.owner if has_owner else connection.info.user
    return replace(like, owner=owner, tablespace=like.tablespace if has_tablespace else DEFAULT_TABLESPACE)


def _keep_environment(shadow: Target, live: Target, timeout_seconds: int) -> tuple[str, ...]:
    environment = environment_of(live, timeout_seconds=timeout_seconds)
    with session(shadow, timeout_seconds=timeout_seconds) as connection:
        try:
            return keep_environment(connection, environment)
        except psycopg2.Error as error:
            return (f"the environment {environment} could not be recorded: {primary_message(error)}",)
