"""Backups made by hand, for tests of what is around them."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.backup.complete import Backup
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
from alphanest_db.backup.store import Store
from alphanest_db.database.properties import DatabaseProperties
from alphanest_db.settings import Environment

SNAPSHOT_AT = datetime(2026, 11, 24, 21, 12, 3, tzinfo=UTC)
# A table with values of many types and a name that needs quotes, and whatever else a dump can hold.
SCHEMA, TABLE = 'odd "schema" x', '"odd ""schema"" x"."t"'
VALUES = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE SCHEMA "odd ""schema"" x";
CREATE TABLE "odd ""schema"" x"."t" (
    "t" text, "a b" int, small smallint, big bigint, real float4, exact numeric, ok boolean, day date,
    ts timestamp, tz timestamptz, span interval, id uuid, bytes bytea, j json, jb jsonb, m mood, p pair, d positive,
    list int[], padded char(5), twice int GENERATED ALWAYS AS ("a b" * 2) STORED, price double precision, net inet, dropped int
);
ALTER TABLE "odd ""schema"" x"."t" DROP COLUMN dropped;
INSERT INTO "odd ""schema"" x"."t" VALUES
    ('x', 1, 2, 3, 1.1, 1.10, true, '2026-11-24', '2026-11-24 21:12', '2026-11-24 21:12+01', '1 day 2 hours',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\xdeadbeef', '{"b": 1,  "a": 2}', '{"b": 1}', 'ok', '(1,"x, y")', 5, '{1,2}', 'ab',
     DEFAULT, 0.1, '10.0.0.1'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     DEFAULT, NULL, NULL),
    ('👤', -1, -2, -9223372036854775808, '-infinity', 'NaN', false, 'infinity', 'infinity', '-infinity', '-1 mon',
     NULL, '', 'null', 'null', 'sad', NULL, 1, '{}', '', DEFAULT, 'NaN', '::1');
CREATE TABLE parts (id int, kind text) PARTITION BY LIST (kind);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
CREATE TABLE parts_b PARTITION OF parts FOR VALUES IN ('b');
INSERT INTO parts SELECT n, CASE WHEN n < 3 THEN 'a' ELSE 'b' END FROM generate_series(1, 5) AS n;
CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2), (3);
CREATE TABLE nothing ();
CREATE SEQUENCE "my seq" START 5; SELECT nextval('"my seq"'), nextval('"my seq"'); CREATE SEQUENCE fresh;
SELECT lo_from_bytea(4711, 'large'), lo_from_bytea(4712, '');
SELECT lo_from_bytea(4713, convert_to(repeat('0123456789abcdef', 1100000), 'UTF8'));
"""


PROPERTIES = DatabaseProperties(
    owner="anna", encoding="UTF8", collate="C", ctype="C", provider="libc", locale=None, icu_rules=None, tablespace="pg_default",
    connection_limit=-1, is_template=False, comment=None, has_own_grants=False, settings=(), grants=(),
)  # fmt: skip
MANIFEST = Manifest(
    id="", alphanest_version="1.0", database="alphanest", place="db:5432", user="anna", environment=Environment.production,
    encoding="UTF8", properties=PROPERTIES, server_version=180004, tool_version="18.4", snapshot_at=SNAPSHOT_AT,
    duration_seconds=4.25, revisions=("d9a4a7469274",), format=DumpFormat.custom,
    compression=Compression(Method.zstd, 1, Compressor.alphanest), jobs=1, schema_only=False, excluded_table_data=(), note="",
    globals_included=False, lacking=Lacking(roles=("anna",)), files=(),
    tables=(TableContent("public", "it's \"quoted\" 👤", 3, "-12345678901234567890"), TableContent("public", "users", 4, "7")),
    table_size_bytes=16384, database_size_bytes=8_000_000, large_objects=LargeObjects(0, None),
    sequences=(SequenceContent("public", "n", 9, is_called=True, last_value_after=9, is_called_after=True),),
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
