"""Proof that a backup is what it says: every byte of it, or better, a restore that holds what was dumped."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import psycopg2

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.complete import Backup, DamagedBackup
from alphanest_db.backup.evidence import Evidence, Level, Outcome, manifest_checksum, write_evidence
from alphanest_db.backup.holding import reading
from alphanest_db.backup.restore.dumps import Dump, dump_of
from alphanest_db.backup.restore.load import Loaded, load_and_compare
from alphanest_db.backup.restore.model import Restored, RestoreOptions, RestoreReport, Stage
from alphanest_db.backup.restore.surroundings import find_missing, refuse_missing_extensions, says_lacking
from alphanest_db.database.databases import maintenance_session
from alphanest_db.database.foreign_keys import Violation
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.scratch import scratch_database
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError, BackupDamaged, DumpNotRestored, Refused, RefusedDump, RestoredDiffers

# What says that the backup is not good, and not that we could not look.
_FINDINGS = (BackupDamaged, RestoredDiffers, DumpNotRestored, RefusedDump)


@dataclass(frozen=True)
class Verification:
    """What was found about a backup; without evidence where the manifest itself cannot be read."""

    backup: str
    level: Level
    outcome: Outcome
    details: tuple[str, ...]
    violations: tuple[Violation, ...]
    duration_seconds: float
    evidence: Evidence | None

    @property
    def is_clean(self) -> bool:
        """True where the backup is whole, and its rows keep to all foreign keys."""
        return self.outcome is Outcome.passed and not self.violations


def verify_bytes(backup: Backup, *, now: datetime, by: str, report: RestoreReport | None = None) -> Verification:
    """Read every byte and compare it with the manifest; the result is kept with the backup."""
    begun = time.monotonic()
    details: tuple[str, ...] = ()
    with reading(backup):
        try:
            _read_all(backup, report or RestoreReport())
        except BackupDamaged as error:
            details = (error.message,)
        return _kept(backup, Level.checksums, None, details, now=now, by=by, seconds=time.monotonic() - begun)


def verify_by_restore(
    backup: Backup, place: Target, home: Path, environ: Mapping[str, str], *, now: datetime, by: str,
    options: RestoreOptions | None = None, report: RestoreReport | None = None,
) -> Verification:  # fmt: skip
    """Restore the backup into a scratch database on the server of `place`, and compare; the result is kept with the backup.

    On the embedded server in `home` where the role may create no database. Raises what keeps us from looking: DatabaseUnreachable,
    ProgramNotFound, Refused.
    """
    options, report, begun = options or RestoreOptions(), report or RestoreReport(), time.monotonic()
    loaded: Loaded | None = None
    details: tuple[str, ...] = ()
    with reading(backup):
        try:
            _read_all(backup, report)
            loaded = restore_into_scratch(backup, place, home, environ, options, report)
        except _FINDINGS as error:
            _refuse_if_about_server(error)
            details = (error.message, *(error.differences if isinstance(error, RestoredDiffers) else ()))
        return _kept(backup, Level.restore, loaded, details, now=now, by=by, seconds=time.monotonic() - begun)


def restore_into_scratch(
    backup: Backup,
    place: Target,
    home: Path,
    environ: Mapping[str, str],
    options: RestoreOptions,
    report: RestoreReport,
) -> Loaded:
    """Restore the backup into a database for a moment, and compare it with the manifest."""
    manifest, timeout_seconds = backup.manifest, options.timeout_seconds
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    encoding = manifest.encoding
    with (
        _roles_for_a_moment(timeout_seconds) as roles,
        scratch_database(place, home, encoding=encoding, timeout_seconds=timeout_seconds) as scratch,
    ):
        with maintenance_session(scratch, timeout_seconds=timeout_seconds) as connection:
            refuse_missing_extensions(find_missing(connection, manifest))
        has_roles = roles.make(scratch, manifest.lacking.roles)
        how = RestoreOptions(options.jobs, keep_owners=has_roles, timeout_seconds=timeout_seconds)
        return load_and_compare(dump_of(backup), scratch, home, environ, how, report)


def _refuse_if_about_server(error: AlphanestError) -> None:
    """A server that lacks something says nothing of the backup: no verdict is kept then."""
    if isinstance(error, DumpNotRestored) and says_lacking(error.message):
        raise Refused(
            f"the backup cannot be looked at on this server: {error.message}",
            "Verify it where the dumped database was at home: --on-target, or --on-embedded. No verdict was kept.",
        ) from error


def remember_restore(dump: Dump, restored: Restored, *, now: datetime, by: str) -> None:
    """A restore that was compared proves its backup as well; where that cannot be kept (a disk that is only read), it is not."""
    evidence = Evidence(
        "", Level.restore, Outcome.passed, now, by, restored.server_version, restored.duration_seconds, restored.rows,
        restored.tables, sum(item.rows for item in restored.violations), restored.not_valid, (),
    )  # fmt: skip
    _remember(dump, evidence)


def remember_difference(dump: Dump, error: RestoredDiffers, *, now: datetime, by: str, seconds: float) -> None:
    """A restore that came out different is to be known by the next one who wants to restore this backup."""
    _remember(
        dump, Evidence("", Level.restore, Outcome.failed, now, by, None, seconds, None, None, 0, (), error.differences)
    )


def _remember(dump: Dump, evidence: Evidence) -> None:
    if dump.backup is not None:
        with contextlib.suppress(OSError):
            write_evidence(dump.backup, replace(evidence, manifest_sha256=manifest_checksum(dump.backup)))


class _Roles:
    """Roles that dumps refer to, made without a login on the embedded server, which is ours, and nowhere else."""

    def __init__(self, timeout_seconds: int) -> None:
        self._timeout_seconds = timeout_seconds
        self._made: list[tuple[Target, str]] = []

    def make(self, place: Target, roles: tuple[str, ...]) -> bool:
        """Make those that are missing; whether all are there now."""
        with (
            maintenance_session(place, timeout_seconds=self._timeout_seconds) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT rolname FROM pg_catalog.pg_roles")
            missing = sorted(set(roles) - {row[0] for row in cursor})
            for role in missing if place.embedded else ():
                cursor.execute(statement("CREATE ROLE {} NOLOGIN", name(role)))
                self._made.append((place, role))
        return place.embedded or not missing

    def drop(self) -> None:
        """Drop those that were made."""
        for place, role in self._made:
            with (
                contextlib.suppress(psycopg2.Error, AlphanestError),  # another verification uses it as well
                maintenance_session(place, timeout_seconds=self._timeout_seconds) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(statement("DROP ROLE {}", name(role)))


@contextlib.contextmanager
def _roles_for_a_moment(timeout_seconds: int) -> Iterator[_Roles]:
    roles = _Roles(timeout_seconds)
    try:
        yield roles
    finally:
        roles.drop()


def unreadable(damaged: DamagedBackup) -> Verification:
    """The verdict on a backup whose manifest says nothing any more."""
    return Verification(damaged.id, Level.checksums, Outcome.failed, (damaged.reason,), (), 0.0, None)


def _read_all(backup: Backup, report: RestoreReport) -> None:
    report.stage(Stage.checksums, backup.id)
    size_bytes = backup.manifest.size_bytes
    verify_checksums(backup, progress=lambda read: report.bytes_read(read, size_bytes))


def _kept(
    backup: Backup,
    level: Level,
    loaded: Loaded | None,
    details: tuple[str, ...],
    *,
    now: datetime,
    by: str,
    seconds: float,
) -> Verification:
    contents = loaded.contents if loaded else None
    outcome = Outcome.failed if details else Outcome.passed
    violations = contents.violations if contents else ()
    try:
        evidence = Evidence(
            manifest_checksum(backup), level, outcome, now, by, contents.server_version if contents else None, seconds,
            contents.rows if contents else None, len(contents.tables) if contents else None,
            sum(item.rows for item in violations), contents.not_valid if contents else (), details,
        )  # fmt: skip
        write_evidence(backup, evidence)
    except OSError as error:
        details = (*details, f"not kept as evidence: {error.strerror}")
        return Verification(backup.id, level, outcome, details, violations, seconds, None)
    return Verification(backup.id, level, outcome, details, violations, seconds, evidence)
