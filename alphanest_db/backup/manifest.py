"""What a backup says of itself: how it was taken, of what, and every file and table in it. docs/backup.md explains each field."""

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alphanest_db.backup.sealed import read_sealed, seal
from alphanest_db.database.properties import DatabaseProperties
from alphanest_db.errors import BackupDamaged, NotRestorable
from alphanest_db.settings import Environment

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT_VERSION = 1
NAME = "manifest.json"
DUMP = "dump"
GLOBALS = "globals.sql"


class DumpFormat(StrEnum):
    """pg_dump's formats that can be restored safely; tar cannot."""

    plain = "plain"
    custom = "custom"
    directory = "directory"


class Method(StrEnum):
    """How bytes are made fewer."""

    none = "none"
    gzip = "gzip"
    zstd = "zstd"


class Compressor(StrEnum):
    """Who compressed: alphanest the file as a whole, or pg_dump the data within its archive."""

    alphanest = "alphanest"
    pg_dump = "pg_dump"


@dataclass(frozen=True)
class Compression:
    """How the dump is compressed; `level` is the method's own."""

    method: Method
    level: int | None = None
    by: Compressor | None = None


@dataclass(frozen=True)
class BackupFile:
    """One file; `path` is relative to the backup's folder, with / between its parts."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class TableContent:
    """What the dump holds of a table: without rows and fingerprint where its rows were left out."""

    schema: str
    table: str
    rows: int | None
    fingerprint: str | None = None
    excluded: bool = False


@dataclass(frozen=True)
class SequenceContent:
    """Where a sequence stood before the dump began and after it ended: sequences heed no snapshot, and go on meanwhile."""

    schema: str
    name: str
    last_value: int
    is_called: bool
    last_value_after: int
    is_called_after: bool

    def may_be(self, last_value: int, is_called: bool) -> bool:
        """Whether a restored sequence may stand there."""
        before, after = (self.last_value, self.is_called), (self.last_value_after, self.is_called_after)
        lower, upper = min(before, after), max(before, after)
        return lower <= (last_value, is_called) <= upper


@dataclass(frozen=True)
class LargeObjects:
    """How many large objects there are, and the fingerprint of them all."""

    count: int
    fingerprint: str | None = None


@dataclass(frozen=True)
class Lacking:
    """What the dump refers to and does not hold: it must be there, or be made, where the dump is restored."""

    roles: tuple[str, ...] = ()
    tablespaces: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """Everything that is known of a backup when it is complete; it never changes afterwards."""

    id: str
    alphanest_version: str
    database: str
    place: str
    user: str
    environment: Environment
    encoding: str
    properties: DatabaseProperties
    server_version: int
    tool_version: str
    snapshot_at: datetime
    duration_seconds: float
    revisions: tuple[str, ...]
    format: DumpFormat
    compression: Compression
    jobs: int
    schema_only: bool
    excluded_table_data: tuple[str, ...]
    note: str
    globals_included: bool
    lacking: Lacking
    files: tuple[BackupFile, ...]
    tables: tuple[TableContent, ...]
    sequences: tuple[SequenceContent, ...]
    large_objects: LargeObjects | None
    table_size_bytes: int
    database_size_bytes: int
    format_version: int = field(default=FORMAT_VERSION)

    @property
    def rows(self) -> int:
        """How many rows the dump holds."""
        return sum(table.rows or 0 for table in self.tables)

    @property
    def size_bytes(self) -> int:
        """The size of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def has_fingerprints(self) -> bool:
        """Whether the contents can be compared, and not only counted."""
        return any(table.fingerprint is not None for table in self.tables)

    @property
    def dump_name(self) -> str:
        """The dump's file, or the folder of its files, within the backup's folder."""
        return next(part for file in self.files if (part := file.path.split("/")[0]).startswith(DUMP))


# A dump's one file, pg_dump's in the folder of a directory dump, and the globals; nothing that leads out of the backup.
_PATH = re.compile(r"dump(\.\w+){1,2}|dump/\w+(\.\w+){0,2}|globals\.sql")
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
ID_FORM = re.compile(r"^\d{8}-\d{6}-[A-Za-z0-9_-]+-[0-9a-f]{4,}$")


def new_id(database: str, now: datetime, token: str) -> str:
    """A name for a backup that is safe as a file's, and that sorts by time; `token` tells two of the same second apart.

    >>> new_id("Ha's / nest", datetime(2026, 11, 24, 21, 12, 3, tzinfo=UTC), "7c1e")
    '20261124-211203-Ha-s-nest-7c1e'
    """
    name = _UNSAFE.sub("-", database).strip("-")[:40] or "database"
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{name}-{token}"


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as the document that is kept."""
    return seal({**asdict(manifest), "snapshot_at": manifest.snapshot_at.isoformat()})


@cache
def _validator() -> "TypeAdapter[Manifest]":
    from pydantic import TypeAdapter  # only where a manifest is read: it costs a backup 150 ms

    return TypeAdapter(Manifest)


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file.

    Raises BackupDamaged where a single byte is not as it was written, and NotRestorable for one of a newer alphanest.
    """
    content = read_sealed(path)
    version = content.get("format_version")
    if version != FORMAT_VERSION:
        raise NotRestorable(
            f"{path} has the format version {version}, which is not known here",
            "Use the alphanest that made it, or a newer one.",
        )
    from pydantic import ValidationError

    try:
        manifest = _validator().validate_python(content)
        if not manifest.files or not all(_PATH.fullmatch(file.path) for file in manifest.files):
            raise BackupDamaged(path, "it names files that no backup has")
        return manifest
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BackupDamaged(path, f"its field {where} is not what a manifest holds") from error
