"""Foreign keys that were never validated."""

from alphanest_db.checks.keys import Key, key_look, validate
from alphanest_db.checks.model import Check, Level


def _problem(key: Key) -> str | None:
    return (
        "NOT VALID: rows that were there before it were never looked at"
        if key.declared.is_enforced and not key.declared.is_valid
        else None
    )


CHECK = Check(
    name="unvalidated-foreign-keys",
    summary="Foreign keys that were never validated.",
    tags=("integrity", "structure", "foreign-keys"),
    level=Level.warning,
    why="A NOT VALID key guards new rows and says nothing of the old ones. PostgreSQL plans no query by it, and it stays so until"
    " somebody validates it.",
    remedy="Mend the orphans that the check of that name finds, then validate: nobody who reads or writes has to wait.",
    look=key_look(_problem, validate),
    by_hand="SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated;",
)
