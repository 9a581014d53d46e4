"""How backups look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Marked, Measured, View
from alphanest_db.units import human_bytes, human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.backup.complete import Backup
    from alphanest_db.backup.manifest import Compression, Manifest
    from alphanest_db.backup.summary import BackupDetails, BackupList, BackupSummary

_MARKS = {"complete": "✓", "damaged": "✗", "verification failed": "✗"}
_STYLES = {"complete": "", "damaged": "red", "verification failed": "red"}


def created_view(backup: "Backup") -> View:
    """What was backed up, where it lies, and what is not in it."""
    made = backup.manifest
    what = "the schema" if made.schema_only else f"{plural(made.rows, 'row')} in {plural(len(made.tables), 'table')}"
    lines = [
        f"backed up {made.database} ({what}) as {backup.id}",
        f"{human_bytes(made.size_bytes)} in {human_seconds(made.duration_seconds)}, {_form(made)}: {backup.folder}",
    ]
    return [Lines([*lines, *_lacking(made)])]


def list_view(listing: "BackupList") -> View:
    """One row for each backup."""
    if not listing.backups:
        return [Lines([f"there are no backups in {listing.folder}"])]
    rows = [_row(backup) for backup in listing.backups]
    columns = ("backup", "state", "database", "age", "size", "rows", "revision", "verified", "note")
    return [Grid(columns, rows, styles=[_STYLES[backup.state] for backup in listing.backups])]


def details_view(details: "BackupDetails") -> View:
    """The whole manifest, what verifications found, and how to restore it."""
    made = details.manifest
    files = [(file.path, _size(file.size_bytes), file.sha256) for file in made.files]
    tables = [
        (f"{table.schema}.{table.table}", "left out" if table.excluded else table.rows, table.fingerprint)
        for table in made.tables
    ]
    return [
        Grid(("what", "value"), list(_facts(details)), is_answer=False),
        Grid(("file", "size", "sha256"), files, is_answer=False),
        Grid(("table", "rows", "fingerprint"), tables),
        Lines([*_evidence(details), *_lacking(made), f"restore it with: {details.restore_command}"]),
    ]


def _row(backup: "BackupSummary") -> tuple[object, ...]:
    state = Marked(_MARKS[backup.state], backup.state)
    if backup.age_seconds is None or backup.size_bytes is None:
        return (backup.id, state, "", "", "", "", "", "", backup.reason)
    verified = f"{backup.verified_by} {backup.verified_at:%Y-%m-%d %H:%M}" if backup.verified_by else "never"
    return (
        backup.id, state, backup.database, _age(backup.age_seconds), _size(backup.size_bytes),
        "schema only" if backup.schema_only else backup.rows, backup.revisions, verified, backup.reason or backup.note,
    )  # fmt: skip


def _age(seconds: float) -> Measured:
    return Measured(round(seconds), human_seconds(max(0, seconds)))


def _size(size_bytes: int) -> Measured:
    return Measured(size_bytes, human_bytes(size_bytes))


def _facts(details: "BackupDetails") -> Iterator[tuple[str, object]]:
    made = details.manifest
    yield from (
        ("backup", details.id),
        ("folder", details.folder),
        ("database", f"{made.database} at {made.place}, as {made.user}"),
        ("environment", made.environment),
        ("taken at", made.snapshot_at),
        ("duration", human_seconds(made.duration_seconds)),
        ("revision", made.revisions or "none"),
        ("server", f"PostgreSQL {_version(made.server_version)}, {made.encoding}"),
        ("programs", f"pg_dump {made.tool_version}, alphanest {made.alphanest_version}"),
        ("form", _form(made)),
        ("size", f"{human_bytes(made.size_bytes)} of {human_bytes(made.table_size_bytes)} of tables"),
        ("rows", "none: schema only" if made.schema_only else f"{made.rows:,} in {plural(len(made.tables), 'table')}"),
        ("fingerprints", made.has_fingerprints),
    )
    if made.sequences:
        yield "sequences", plural(len(made.sequences), "sequence")
    if made.large_objects:
        yield "large objects", made.large_objects.count
    if made.note:
        yield "note", made.note


def _form(made: "Manifest") -> str:
    return f"{made.format} format, {_compression(made.compression)}" + (f", {made.jobs} jobs" if made.jobs > 1 else "")


def _compression(compression: "Compression") -> str:
    if compression.by is None:
        return "not compressed"
    level = f":{compression.level}" if compression.level is not None else ""
    return f"{compression.method}{level} by {compression.by}"


def _version(number: int) -> str:
    """libpq's number as people say it.

    >>> _version(180004)
    '18.4'
    """
    return f"{number // 10_000}.{number % 10_000}"


def _evidence(details: "BackupDetails") -> Iterator[str]:
    for item in details.evidence:
        found = "; ".join(item.details)
        yield f"verified {item.at:%Y-%m-%d %H:%M} UTC by {item.by}: {item.level} {item.outcome}" + (
            f": {found}" if found else ""
        )
    if not details.evidence:
        yield f"never verified: `alphanest backup verify {details.id}` proves it"


def _lacking(made: "Manifest") -> Iterator[str]:
    lacking = made.lacking
    if lacking.roles and not made.globals_included:
        yield f"not in the dump: the roles {', '.join(lacking.roles)}, with memberships and passwords"
        yield "`alphanest backup --globals` adds all of that but passwords"
    if lacking.roles and made.globals_included:
        yield "not in the dump: the passwords of roles"
    if lacking.tablespaces:
        yield f"must be there when it is restored: the tablespaces {', '.join(lacking.tablespaces)}"
    if lacking.extensions:
        yield f"must be installed where it is restored: {', '.join(lacking.extensions)}"
