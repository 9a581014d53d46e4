"""Foreign keys that are there twice."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.keys import Key, key_finding, read_keys
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    """Of those that say the same, the first by name stays: PostgreSQL's own names come before those with a number."""
    first: dict[tuple[object, ...], Key] = {}
    for key in read_keys(ground):
        pairs = frozenset(zip(key.columns, key.target_columns, strict=True))
        other = first.setdefault((key.table, key.target, pairs), key)
        if other is not key:
            said = f"says the same as {other.declared.name}"
            if key.declared.on_delete != other.declared.on_delete:
                said += f", but for ON DELETE: {key.declared.on_delete} and {other.declared.on_delete}"
            drop = statement("ALTER TABLE {} DROP CONSTRAINT {};", key.quoted_table, name(key.declared.name))
            yield key_finding(ground, key, said, drop)


CHECK = Check(
    name="doubled-foreign-keys",
    summary="Foreign keys that are there twice.",
    tags=("integrity", "structure", "foreign-keys"),
    level=Level.warning,
    why="Every row is looked up twice when it is written. Where the two say different things ON DELETE, the stricter one wins, and"
    " nobody expects it.",
    remedy="Drop the one that the migrations did not make.",
    look=_look,
    by_hand="SELECT conrelid::regclass, conkey, confrelid::regclass, array_agg(conname) FROM pg_constraint WHERE contype = 'f'"
    " GROUP BY 1, 2, 3 HAVING count(*) > 1;",
)
