"""A dump of one version of PostgreSQL is restored on another, forwards and backwards."""

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.restore.beside import restore_beside
from alphanest_db.backup.restore.compare import read_contents
from alphanest_db.backup.restore.dumps import dump_of
from alphanest_db.backup.restore.kept import list_kept
from alphanest_db.backup.restore.model import RestoreOptions, RestoreReport
from alphanest_db.backup.store import Store
from alphanest_db.database.databases import drop_database
from alphanest_db.database.target import Target
from tests.conftest import new_database
from tests.restore_scenes import fill, take_backup
from tests.servers import Installation, fetch, installations

NOW = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
DEFINITIONS = """
    SELECT (SELECT count(*) FROM happy), pg_get_functiondef('shout'::regproc), obj_description('people'::regclass),
           (SELECT array_agg(pg_get_constraintdef(oid) ORDER BY conname, conrelid::regclass::text) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'c')),
           (SELECT relrowsecurity FROM pg_class WHERE relname = 'people'),
           (SELECT count(*) FROM pg_inherits), (SELECT array_agg(polname) FROM pg_policy)
"""
PAIRS = [pair for pair in itertools.product(installations(), repeat=2) if pair[0] is not pair[1]]


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[f"{old.version} to {new.version}" for old, new in PAIRS])
def test_everything_survives_the_change_of_version(
    old: Installation, new: Installation, server_of: Callable[[Installation], Target], tmp_path: Path
) -> None:
    store = Store(tmp_path / "backups")
    with new_database(server_of(old), "template0") as source, new_database(server_of(new), "template0") as live:
        fill(source)
        expected, definitions = read_contents(source, jobs=1), fetch(source, DEFINITIONS)
        for kind in (DumpFormat.custom, DumpFormat.plain):
            restored = restore_beside(
                live, dump_of(take_backup(source, store, kind)), tmp_path, os.environ, now=NOW, options=RestoreOptions(),
                report=RestoreReport(),
            )  # fmt: skip
            found = read_contents(live, jobs=1)
            assert (found.tables, found.sequences, found.large_objects) == (
                expected.tables, expected.sequences, expected.large_objects,
            )  # fmt: skip
            assert fetch(live, DEFINITIONS) == definitions
            assert (restored.verified, restored.violations, restored.not_valid) == (True, (), ())
        for kept in list_kept(live):
            drop_database(live.with_database(kept.database))
