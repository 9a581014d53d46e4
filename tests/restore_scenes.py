"""A database with something of everything that dumps find hard, and backups of it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import psycopg2

from alphanest_db.backup.choices import FormatChoice
from alphanest_db.backup.complete import Backup
from alphanest_db.backup.create import create_backup
from alphanest_db.backup.manifest import DumpFormat, Method
from alphanest_db.backup.options import BackupOptions, choose_form
from alphanest_db.backup.store import Store
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment
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
    """A backup as the command makes it; pg_dump compresses a directory dump by itself, with gzip."""
    compress = "gzip" if kind is DumpFormat.directory else method
    options = BackupOptions(*choose_form(FormatChoice(kind), compress), jobs=1)
    return create_backup(target, store, options, os.environ, environment=Environment.development, now=datetime.now(UTC))


@contextmanager
def writers(target: Target) -> Iterator[None]:
    """Somebody who writes without pause."""
    done = threading.Event()

    def write() -> None:
        with session(target) as connection, connection.cursor() as cursor:
            while not done.is_set():
                with suppress(psycopg2.Error):
                    cursor.execute("INSERT INTO events VALUES ('2025-05-05', 'new', 1)")
                    cursor.execute("UPDATE people SET share = 1 + share % 99 WHERE id = 1 + (random() * 290)::int")

    threads = [threading.Thread(target=write) for _number in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
