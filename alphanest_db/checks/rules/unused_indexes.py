"""Indexes that no query has used."""

from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.indexes import Index, drop_statement, index_finding, read_indexes
from alphanest_db.checks.links import PLATFORM_LINKS
from alphanest_db.checks.model import Check, Finding, Level, Skip
from alphanest_db.units import human_bytes

# Made by the platform or our migrations, for what is asked seldom; where the foreign key is missing, its index is not to go, too.
_OWN = frozenset(
    {"ix_users_email", "ix_users_username", "ix_users_api_key"}
    | {f"ix_{link.table}_{link.column}" for link in PLATFORM_LINKS}
)


def _look(ground: Ground) -> Iterator[Finding]:
    if ground.is_replica:
        raise Skip("a replica counts its own queries only: ask the primary")
    [counted] = ask(ground, "statistics_since")
    if not counted.is_counting:
        raise Skip("the server does not count (track_counts is off)")
    for index in read_indexes(ground):
        if index.scans == 0 and _could_go(index):
            said = (
                f"no query used it since {counted.since:%Y-%m-%d %H:%M} UTC; it takes {human_bytes(index.size_bytes)}"
            )
            yield index_finding(ground, index, said, drop_statement(index))


def _could_go(index: Index) -> bool:
    """What guards something, serves a foreign key or belongs to a whole stays, used or not."""
    guards = index.is_unique or index.is_exclusion or index.is_constraint or index.is_needed
    return index.is_valid and not guards and not index.serves_key and not index.is_part and index.name not in _OWN


CHECK = Check(
    name="unused-indexes",
    summary="Indexes that no query has used.",
    tags=("integrity", "structure", "indexes"),
    level=Level.info,
    why="An index that is never read costs every write, memory and backup time. How much its silence means depends on how long the"
    " server has been counting: a report of the end of the year may need it. Indexes of foreign keys are left out: what they are"
    " for, deleting, is rare.",
    remedy="Look at a time span that holds everything the platform does; then drop it CONCURRENTLY.",
    look=_look,
    by_hand="SELECT relname, indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0;",
)
