"""A database with something of everything that dumps find hard, and backups of it."""

import hashlib
import os
import subprocess
from datetime import UTC, datetime

import zstandard

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
    new_id,
)
from alphanest_db.backup.restore.compare import read_contents
from alphanest_db.backup.store import Backup, Store
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client, major_version
from tests.servers import execute

HARD = r'''
CREATE SCHEMA "odd schema";
CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE people (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "full ""name""" text NOT NULL, feels mood, share percent,
    doc json, docb jsonb, raw bytea, at timestamptz DEFAULT '2026-01-01 00:00:00+00', twice int GENERATED ALWAYS AS (7 * 2) STORED
);
CREATE INDEX "by ""name""" ON people ("full ""name""");
CREATE TABLE "odd schema"."Order %s" (id serial PRIMARY KEY, person int REFERENCES people ON DELETE CASCADE, price float8);
CREATE TABLE events (at date NOT NULL, what text, person int REFERENCES people) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW happy AS SELECT * FROM people WHERE feels <> 'sad';
CREATE MATERIALIZED VIEW totals AS SELECT person, sum(price) FROM "odd schema"."Order %s" GROUP BY person;
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql AS $$ SELECT upper($1) || E'\n;\\' $$;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON people USING (true);
COMMENT ON TABLE people IS 'with a '' quote
and a line';
INSERT INTO people ("full ""name""", feels, share, doc, docb, raw)
SELECT E'n\t\\.' || n || chr(128522), 'it''s ok', n % 100, '{"a":  [1,2]}', '{"b": null}', decode('00ff27', 'hex')
FROM generate_series(1, 300) AS n;
INSERT INTO "odd schema"."Order %s" (person, price) SELECT n, n / 3.0::float8 FROM generate_series(1, 300) AS n;
INSERT INTO events SELECT date '2025-01-01' + n, E'\\.', 1 + n % 300 FROM generate_series(1, 700) AS n;
REFRESH MATERIALIZED VIEW totals;
SELECT lo_from_bytea(0, decode(repeat('ab', 5000), 'hex'));
'''


def fill(target: Target) -> None:
    """Make the hard scene in an empty database."""
    execute(target, HARD)


def take_backup(
    target: Target, store: Store, kind: DumpFormat = DumpFormat.custom, method: Method = Method.zstd
) -> Backup:
    """A backup as the command makes it."""
    with session(target) as connection:
        version = connection.server_version
    client = find_client("pg_dump", major_version(version))
    contents = read_contents(target, jobs=1)
    now = datetime.now(UTC)
    with store.new(new_id(target.database, now, os.urandom(2).hex())) as unfinished:
        name = {DumpFormat.plain: "dump.sql", DumpFormat.custom: "dump.pgc", DumpFormat.directory: "dump"}[kind]
        compress = ["--compress=0"] if kind is DumpFormat.custom else []
        subprocess.run(
            [client.path, f"--format={kind}", *compress, f"--file={unfinished.folder / name}"],
            env=client_environment(target, os.environ), check=True,
        )  # fmt: skip
        by = None
        if kind is not DumpFormat.directory and method is Method.zstd:
            plain = unfinished.folder / name
            (unfinished.folder / f"{name}.zst").write_bytes(zstandard.compress(plain.read_bytes()))
            plain.unlink()
            by = Compressor.alphanest
        files = sorted(path for path in unfinished.folder.rglob("*") if path.is_file())
        return unfinished.complete(
            Manifest(
                unfinished.folder.name, "0", target.database, "here", "me", None, "UTF8", "C", "C", version, f"{client.version}.0",
                now, 1.0, contents.revisions, kind, Compression(method, 1, by), 1, False, (), "", False, Lacking(),
                tuple(
                    BackupFile(
                        str(path.relative_to(unfinished.folder)), path.stat().st_size,
                        hashlib.sha256(path.read_bytes()).hexdigest(),
                    )
                    for path in files
                ),
                tuple(TableContent(t.schema, t.table, t.rows, t.fingerprint) for t in contents.tables),
                tuple(SequenceContent(s.schema, s.name, s.last_value, s.is_called) for s in contents.sequences),
                LargeObjects(contents.large_objects.count, contents.large_objects.fingerprint),
            )
        )  # fmt: skip
