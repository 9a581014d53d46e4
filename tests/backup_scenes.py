"""Backups made by hand, for tests of what is around them."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.backup.manifest import (
    BackupFile,
    Compression,
    Compressor,
    DumpFormat,
    Lacking,
    LargeObjects,
    Manifest,
    Method,
    SequenceContent,
    TableContent,
)
from alphanest_db.backup.store import Backup, Store

SNAPSHOT_AT = datetime(2026, 11, 24, 21, 12, 3, tzinfo=UTC)
MANIFEST = Manifest(
    id="", alphanest_version="1.0", database="alphanest", place="db:5432", user="anna", environment="production",
    encoding="UTF8", collate="C", ctype="C", server_version=180004, tool_version="18.4", snapshot_at=SNAPSHOT_AT,
    duration_seconds=4.25, revisions=("d9a4a7469274",), format=DumpFormat.custom,
    compression=Compression(Method.zstd, 1, Compressor.alphanest), jobs=1, schema_only=False, excluded_table_data=(), note="",
    globals_included=False, lacking=Lacking(roles=("anna",)), files=(),
    tables=(TableContent("public", "it's \"quoted\" 👤", 3, "-12345678901234567890"), TableContent("public", "users", 4, "7")),
    sequences=(SequenceContent("public", "n", 9, is_called=True),), large_objects=LargeObjects(0, None),
)  # fmt: skip


def put(
    store: Store, backup_id: str, *, data: bytes = b"PGDMP and more", at: datetime = SNAPSHOT_AT, **changes: object
) -> Backup:
    """A complete backup with one file in the store."""
    file = BackupFile("dump.pgc.zst", len(data), hashlib.sha256(data).hexdigest())
    with store.new(backup_id) as unfinished:
        (unfinished.folder / file.path).write_bytes(data)
        manifest = replace(MANIFEST, id=backup_id, snapshot_at=at, files=(file,))
        return unfinished.complete(replace(manifest, **changes))  # type: ignore[arg-type] # whatever the test changes


def put_directory(store: Store, backup_id: str, files: dict[str, bytes]) -> Backup:
    """A complete backup in pg_dump's directory format."""
    written = tuple(BackupFile(f"dump/{n}", len(d), hashlib.sha256(d).hexdigest()) for n, d in files.items())
    with store.new(backup_id) as unfinished:
        (unfinished.folder / "dump").mkdir()
        for name, data in files.items():
            (unfinished.folder / "dump" / name).write_bytes(data)
        return unfinished.complete(replace(MANIFEST, id=backup_id, format=DumpFormat.directory, files=written))


def flip(path: Path, place: int, mask: int = 1) -> None:
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[place] ^= mask
    path.write_bytes(data)
