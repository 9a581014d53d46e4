"""Entries of the ignore file that have expired or that nothing fits."""

from alphanest_db.checks.model import Check, Level

CHECK = Check(
    name="stale-ignores",
    summary="Entries of the ignore file that expired, or that nothing fits.",
    tags=("integrity", "security", "physical", "ignores"),
    level=Level.warning,
    why="An entry that stays after its reason is gone hides the next finding, too. So each has a day on which somebody looks again,"
    " and one that hides nothing any more is reported. Entries for checks that were not run are left alone.",
    remedy="Remove the entry from alphanest-ignore.toml, or give it another day.",
)
