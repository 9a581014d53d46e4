"""A command killed at a random moment leaves the old or the new database and no more; `benchmarks.restore_kills` kills 200."""

import random
from pathlib import Path

from alphanest_db.database.target import Target
from benchmarks.restore_kills import Scene, Tally, kill_at_random, two_states

KILLS = 6
SEED = 11


def test_nothing_is_left_between_old_and_new(empty_database: Target, tmp_path: Path) -> None:
    scene = Scene(empty_database, tmp_path / "home")
    two_states(scene)

    tally = kill_at_random(scene, KILLS, random.Random(SEED))

    scene.run("restore", "clean-up", "--yes")
    assert tally == Tally(kills=KILLS, ended_before=tally.ended_before)
