"""Indexes that another index makes needless, having the same keys."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.indexes import Index, drop_statement, index_finding, read_indexes
from alphanest_db.checks.model import Check, Finding, Level


def _look(ground: Ground) -> Iterator[Finding]:
    """The one that stays comes first."""
    kept: list[Index] = []
    for index in sorted(
        (i for i in read_indexes(ground) if not i.is_part and i.is_valid), key=lambda i: i.rank, reverse=True
    ):
        other = next((other for other in kept if other.stands_for(index)), None)
        if other is None:
            kept.append(index)
        elif index.is_constraint:
            yield _constraint(ground, index, other)
        else:
            yield index_finding(ground, index, f"the same as {other.shown}", drop_statement(index))


def _constraint(ground: Ground, index: Index, other: Index) -> Finding:
    mend = "-- drop the constraint of {} with ALTER TABLE … DROP CONSTRAINT, unless a foreign key needs it"
    return index_finding(ground, index, f"the same as {other.shown}, as a constraint", mend)


CHECK = Check(
    name="doubled-indexes",
    summary="Indexes that another index makes needless.",
    tags=("integrity", "structure", "indexes"),
    level=Level.warning,
    why="Every write keeps both up to date, both take memory, and every query could use either. A plain index beside a"
    " unique one on the same columns is such a double, too.",
    remedy="Drop the one that guards nothing; `alphanest db upgrade` does it for the platform's own.",
    look=_look,
    by_hand="SELECT indrelid::regclass, indkey, array_agg(indexrelid::regclass) FROM pg_index GROUP BY 1, 2 HAVING count(*) >"
    " 1;",
)
