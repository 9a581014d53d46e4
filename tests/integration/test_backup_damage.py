"""A flipped byte or a missing end is refused, wherever it is. `benchmarks.damage` tries every position."""

import random
from pathlib import Path

import pytest

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from benchmarks.damage import cut, every_position, flipped, is_refused
from tests.restore_scenes import take_backup
from tests.servers import execute

FLIPS, CUTS = 300, 50
SEED = 7


@pytest.fixture(params=list(DumpFormat))
def backup(request: pytest.FixtureRequest, empty_database: Target, tmp_path: Path) -> Backup:
    """A small backup of each format."""
    execute(empty_database, "CREATE TABLE t (id int PRIMARY KEY, name text)", "INSERT INTO t VALUES (1, 'anna')")
    return take_backup(empty_database, Store(tmp_path / "backups"), request.param)


def test_every_flip_and_every_cut_of_a_sample_is_refused(backup: Backup) -> None:
    chance = random.Random(SEED)
    positions = list(every_position(backup))
    accepted = []
    for path, place in chance.sample(positions, FLIPS):
        with flipped(path, place, chance.randrange(8)):
            accepted += [] if is_refused(backup.folder) else [(path.name, place, "flipped")]
    for path, place in chance.sample(positions, CUTS):
        with cut(path, place):
            accepted += [] if is_refused(backup.folder) else [(path.name, place, "cut")]
    assert accepted == []
    assert not is_refused(backup.folder)
