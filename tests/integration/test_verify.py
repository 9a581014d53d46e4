"""A verification finds every difference, says what it found, and keeps it with the backup."""

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alphanest_db.backup.complete import Backup, open_backup
from alphanest_db.backup.create import create_backup
from alphanest_db.backup.evidence import Level, Outcome, last_verified, read_evidence
from alphanest_db.backup.manifest import NAME, DumpFormat, Method, write_manifest
from alphanest_db.backup.options import BackupOptions
from alphanest_db.backup.store import Store
from alphanest_db.backup.verify import Verification, verify_by_restore, verify_bytes
from alphanest_db.database.scratch import PREFIX
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.settings import Environment
from tests.restore_scenes import fill, take_backup, writers
from tests.servers import execute, fetch

NOW = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)


@pytest.fixture
def live(empty_database: Target) -> Target:
    fill(empty_database)
    return empty_database


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backups")


def verify(backup: Backup, place: Target, now: datetime = NOW) -> Verification:
    return verify_by_restore(backup, place, backup.folder.parent.parent, os.environ, now=now, by="me@here")


def resealed(backup: Backup, **changes: object) -> Backup:
    """The same backup, whose manifest says something else, with all seals right."""
    manifest = replace(backup.manifest, **changes)  # type: ignore[arg-type] # of the fields' own types
    (backup.folder / NAME).write_bytes(write_manifest(manifest))
    return open_backup(backup.folder)


def test_what_was_found_is_kept_with_the_backup(live: Target, store: Store) -> None:
    backup = take_backup(live, store)
    by_bytes = verify_bytes(backup, now=NOW, by="me@here")
    by_restore = verify(backup, live, NOW + timedelta(hours=1))

    assert [(item.outcome, item.details, item.violations) for item in (by_bytes, by_restore)] == [
        (Outcome.passed, (), ())
    ] * 2
    assert read_evidence(backup) == [by_restore.evidence, by_bytes.evidence]
    assert last_verified(backup, Level.restore) == by_restore.evidence
    assert (by_restore.evidence and by_restore.evidence.rows, open_backup(backup.folder)) == (1300, backup)
    assert fetch(live, f"SELECT 1 FROM pg_database WHERE datname LIKE '{PREFIX}%'") == []


def test_evidence_counts_only_for_what_it_was_about(live: Target, store: Store) -> None:
    backup = take_backup(live, store)
    verify_bytes(backup, now=NOW, by="me@here")
    [path] = backup.folder.glob("evidence-*.json")
    content = path.read_bytes()
    for place in random.Random(4).sample(range(len(content)), 20):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert read_evidence(backup) == []
    path.write_bytes(content)
    assert read_evidence(resealed(backup, note="another")) == []


def test_partitions_by_the_hash_of_an_enum_are_compared_as_a_whole(empty_database: Target, store: Store) -> None:
    execute(
        empty_database, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')",
        "CREATE TABLE days (what text, mood mood) PARTITION BY HASH (mood)",
        "CREATE TABLE days_0 PARTITION OF days FOR VALUES WITH (modulus 2, remainder 0)",
        "CREATE TABLE days_1 PARTITION OF days FOR VALUES WITH (modulus 2, remainder 1)",
        "INSERT INTO days SELECT n, (enum_range(NULL::mood))[1 + n % 3] FROM generate_series(1, 100) AS n",
        "CREATE TABLE odd (what text, mood mood) PARTITION BY HASH (mood)",
        "CREATE TABLE odd_0 (mood mood, what text)",
        "ALTER TABLE odd ATTACH PARTITION odd_0 FOR VALUES WITH (modulus 2, remainder 0)",
        "CREATE TABLE odd_1 PARTITION OF odd FOR VALUES WITH (modulus 2, remainder 1)",
        "INSERT INTO odd SELECT * FROM days",
    )  # fmt: skip
    backup = take_backup(empty_database, store)
    assert [verify(backup, empty_database).details for _round in range(4)] == [
        ()
    ] * 4  # the numbers are others each time

    first, *others = backup.manifest.tables
    changed = verify(resealed(backup, tables=(replace(first, fingerprint="1"), *others)), empty_database)

    assert changed.details[1].startswith("tables public.days_0, public.days_1: fingerprint ")


@pytest.mark.parametrize("left_out", [{"schema_only": True}, {"exclude_table_data": ("events_2025", "people")}])
def test_tables_whose_rows_were_left_out_come_back_empty(
    left_out: dict[str, Any],  # Any: the options' own types
    live: Target,
    store: Store,
) -> None:
    execute(live, 'DROP TABLE "odd schema"."Order %s" CASCADE', "DELETE FROM events WHERE person IS NOT NULL")
    options = BackupOptions(**left_out)
    backup = create_backup(live, store, options, os.environ, environment=Environment.development, now=NOW)

    assert verify(backup, live).details == ()


def test_a_failure_since_takes_the_verdict_back(live: Target, store: Store) -> None:
    backup = take_backup(live, store)
    verify_bytes(backup, now=NOW, by="me@here")
    content = backup.dump.read_bytes()
    backup.dump.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    failed = verify_bytes(backup, now=NOW + timedelta(days=1), by="me@here")

    assert (failed.outcome, last_verified(backup)) == (Outcome.failed, None)
    assert "SHA-256" in failed.details[0]


@pytest.mark.parametrize("kind", list(DumpFormat))
def test_one_changed_row_is_found(kind: DumpFormat, live: Target, store: Store) -> None:
    backup = take_backup(live, store, kind)
    execute(
        live,
        "UPDATE events SET what = 'changed' WHERE ctid = (SELECT min(ctid) FROM events_2025) AND at < '2026-01-01'",
    )
    changed = take_backup(live, store, kind)
    forged = resealed(changed, tables=backup.manifest.tables)

    found = verify(forged, live)

    assert found.outcome is Outcome.failed
    assert any("table public.events_2025: fingerprint" in detail for detail in found.details), found.details


def test_revision_sequence_large_object_and_missing_table_are_found(live: Target, store: Store) -> None:
    manifest = (backup := take_backup(live, store)).manifest
    [sequence, *others] = manifest.sequences
    assert manifest.large_objects is not None
    cases: dict[str, dict[str, object]] = {
        "revision: ": {"revisions": ("feedbeef",)},
        "sequence ": {"sequences": (replace(sequence, last_value=7, last_value_after=7), *others)},
        "large objects: ": {"large_objects": replace(manifest.large_objects, fingerprint="1")},
        "table public.events_2026: there instead of none": {
            "tables": tuple(table for table in manifest.tables if table.table != "events_2026")
        },
    }
    for said, changes in cases.items():
        found = verify(resealed(backup, **changes), live)
        assert found.outcome is Outcome.failed
        assert said in found.details[0]


def test_rows_that_violate_a_key_are_reported_and_equal_all_the_same(live: Target, store: Store) -> None:
    execute(live, "SET session_replication_role = replica; INSERT INTO events VALUES ('2025-02-03', 'orphan', 4711)")
    found = verify(take_backup(live, store), live)

    assert (found.outcome, found.is_clean, [item.rows for item in found.violations]) == (Outcome.passed, False, [1])
    assert found.evidence is not None
    assert found.evidence.violations == 1


def test_other_encoding_is_restored_in_the_same(server: Target, store: Store) -> None:
    name = "of_latin1"
    execute(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    latin = server.with_database(name)
    execute(latin, "CREATE TABLE t (word text)", "INSERT INTO t VALUES ('Grüße')")
    backup = take_backup(latin, store)
    backup = resealed(backup, encoding="LATIN1")
    found = verify(backup, latin)
    execute(server, f"DROP DATABASE {name}")
    assert found.outcome is Outcome.passed, found.details


def test_backups_under_writes_are_equal_to_their_snapshot(live: Target, store: Store) -> None:
    with writers(live):
        found = [verify(take_backup(live, store, method=Method.none), live) for _round in range(3)]
    assert [item.outcome for item in found] == [Outcome.passed] * 3


def test_a_server_that_lacks_something_says_nothing_of_the_backup(live: Target, store: Store) -> None:
    execute(
        live, "DROP ROLE IF EXISTS away", "CREATE ROLE away", "CREATE POLICY theirs ON people TO away USING (false)"
    )
    backup = take_backup(live, store)
    execute(live, "DROP POLICY theirs ON people", "DROP ROLE away")
    lacking = replace(backup.manifest.lacking, extensions=("nowhere_to_be_had",))

    with pytest.raises(Refused, match=r'cannot be looked at on this server: .*role "away" does not exist'):
        verify(backup, live)
    with pytest.raises(Refused, match="needs extensions that this server has not: nowhere_to_be_had"):
        verify(resealed(backup, lacking=lacking), live)
    assert read_evidence(backup) == []
